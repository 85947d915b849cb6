import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { calibrationSchema } from '../../schemas/calibration.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { findCalibration } from '../../src/cli/calibration-file.js'
import { calibrationText } from '../../src/cli/calibration-text.js'
import { loadPipeline } from '../../src/cli/pipeline-file.js'
import { readImageIndex } from '../../src/dataset/image-set.js'
import { readJson } from '../../src/dataset/json-record.js'
import { writeObservations } from '../../src/dataset/observation-file.js'
import { calibrateRun } from '../../src/run/calibrate-run.js'
import { addCalibration, calibrationVersions, readCalibration } from '../../src/run/calibration-registry.js'
import { readCocoTruth } from '../../src/run/coco-truth.js'
import { calibrationNotes, withCalibration } from '../../src/run/with-calibration.js'
import { fld } from '../cli/fld-process.js'
import { SmallRun } from './small-run.js'

/** Pictures of these tones, 40 + n pixels wide: the annotators say dog below 128, cat above. */
const tones = [10, 40, 70, 100, 130, 160, 190, 220, 250]
const signal = new AbortController().signal
let small: SmallRun
let folder: string
let truthPath: string
let planned: Awaited<ReturnType<SmallRun['plan']>>

beforeAll(async () => {
  small = await SmallRun.open(tones)
  small.startWorker()
  planned = await small.plan([{ name: 'a' }, { name: 'b' }], { run: 'tones' })
  const { manifest } = await small.run(planned)
  expect(manifest?.images).toBe(tones.length)
  folder = await mkdtemp(join(tmpdir(), 'fld-calibrate-'))
  truthPath = join(folder, 'instances.json')
  // All nine are labelled; in 003, where the annotators see a dog, a cat is, and 008 has nothing.
  await writeFile(truthPath, JSON.stringify(cocoFile()))
}, 120_000)
afterAll(async () => {
  await small.close()
  await rm(folder, { recursive: true })
})

function cocoFile() {
  const images = tones.map((_, index) => ({
    ...{ id: index + 1, file_name: `${String(index).padStart(3, '0')}.png` },
    ...{ width: 40 + index, height: 30 },
  }))
  const annotations = images.slice(0, 8).map(({ id, width }, index) => ({
    ...{ id, image_id: id, category_id: index > 2 ? 17 : 18, iscrowd: 0 },
    bbox: [1, 1, width - 2, 28],
  }))
  const categories = [
    { id: 17, name: 'cat' },
    { id: 18, name: 'dog' },
  ]
  return { images, annotations, categories }
}

function question(rest: object = {}) {
  const base = { store: small.store, plan: planned, name: 'mine', truth: null, chosen: {} }
  return { ...base, method: 'beta', target: 'hit', precision: 0.75, minImages: 1, signal, ...rest } as const
}

describe('calibrating a run', () => {
  test('by a COCO file: images by their file name, hits and misses of each annotator', async () => {
    const truth = { path: truthPath, coco: await readCocoTruth(truthPath) }
    const { calibration } = await calibrateRun(question({ truth }))
    expect(calibration.fitted_on).toMatchObject({ run: 'tones', images: 9, boxes: 8, chosen: null, truth: truthPath })
    expect(Object.keys(calibration.sources)).toEqual(['a', 'b'])
    const [a] = planned.annotators
    // Seven of eight are right, and the ninth image has nothing.
    expect(calibration.sources.a).toMatchObject({ digest: a?.digest, family: 'a', detections: 9, hits: 7, weight: 1 })
    const part = await calibrateRun(question({ truth, chosen: { pattern: /00[0-3][.]png$/ } }))
    expect(part.calibration.sources.a).toMatchObject({ detections: 4, hits: 3 })
    expect(part.calibration.fitted_on.chosen).toBe('images matching 00[0-3][.]png$')
  })

  test("by the source's own labels; without any it says so", async () => {
    await expect(calibrateRun(question())).rejects.toThrow(
      /source's own labels .* has no box in all images; 0 of those/,
    )
    const plan = { ...planned, label_digest: 'labels' }
    for (const shard of ['000000', '000001', '000002']) {
      const records = await readImageIndex(small.store, planned.set, shard)
      const images = records.map(({ image_id, width, height }) => ({
        image_id,
        observations: [{ kind: 'object', label: 'dog', score: 1, box: [1, 1, width - 1, height - 1] } as const],
        failure: null,
      }))
      const key = storeLayout.observations(planned.set, 'source', 'labels', shard)
      await writeObservations(small.store, key, images)
    }
    const { calibration } = await calibrateRun(question({ plan }))
    // Cats were looked for nowhere, so what is called a cat says nothing.
    expect(calibration.sources.a).toMatchObject({ detections: 4, hits: 4 })
    expect(calibration.fitted_on).toMatchObject({ truth: 'source labels', images: 9, boxes: 9 })
  })
})

describe('no calibration', () => {
  test('is made of few labelled images, unless that is asked for', async () => {
    const truth = { path: truthPath, coco: await readCocoTruth(truthPath) }
    await expect(calibrateRun(question({ truth, minImages: 10 }))).rejects.toMatchObject({
      code: 'source_invalid',
      message: expect.stringMatching(/9 of all images are labelled, at least 10 are asked for.*--min-images 9/),
    })
    const few = { truth, minImages: 5, chosen: { pattern: /00[0-3][.]png$/ } }
    await expect(calibrateRun(question(few))).rejects.toThrow(/4 of images matching .* are labelled, at least 5/)
  })

  test('is made of a run that is not complete', async () => {
    const plan = await small.plan([{ name: 'a' }, { name: 'b' }], { run: 'unfinished' })
    await expect(calibrateRun(question({ plan }))).rejects.toMatchObject({
      code: 'run_missing',
      message: expect.stringMatching(/^round 0 of run "unfinished" is not complete/),
    })
  })

  test('is told to name a COCO file that it was told', async () => {
    const coco = { ...cocoFile(), annotations: [] }
    const path = join(folder, 'empty.json')
    await writeFile(path, JSON.stringify(coco))
    const asked = calibrateRun(question({ truth: { path, coco: await readCocoTruth(path) } }))
    await expect(asked).rejects.toThrow(/empty[.]json has no box in all images; 9 of those/)
    await expect(asked).rejects.not.toThrow(/--truth/)
  })
})

describe('versions of a calibration', () => {
  test('are one for each of many writers at once; found by name, by version, or in a file', async () => {
    const truth = { path: truthPath, coco: await readCocoTruth(truthPath) }
    const { calibration } = await calibrateRun(question({ truth }))
    const added = await Promise.all(Array.from({ length: 8 }, () => addCalibration(small.store, calibration)))
    expect(added.map(({ version }) => version).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(await calibrationVersions(small.store, 'mine')).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect((await readCalibration(small.store, 'mine')).version).toBe(8)
    expect((await readCalibration(small.store, 'mine@3')).version).toBe(3)
    await expect(readCalibration(small.store, 'mine@9')).rejects.toThrow(/no calibration "mine@9".*mine@8/)
    await expect(readCalibration(small.store, 'Mine')).rejects.toThrow(/write name, name@version or a file/)
    const file = join(folder, 'mine.json')
    await writeFile(file, JSON.stringify(added[0]))
    expect(await findCalibration(small.store, file)).toEqual(added[0])
    await writeFile(file, '{"kind":"other"}')
    await expect(findCalibration(small.store, file)).rejects.toThrow(/mine[.]json is no calibration/)
  })

  test('lie over a pipeline, which records them; settings lie over both', async () => {
    const [mine] = [await readCalibration(small.store, 'mine@1')]
    const laid = withCalibration(planned.pipeline, mine)
    expect(laid.consensus).toMatchObject({ ...mine.rules, calibration: 'mine@1' })
    expect(laid.consensus.sources.a?.calibration).toEqual(mine.sources.a?.calibration)
    const others = { ...mine, sources: { nanodet: mine.sources.a ?? never(), stranger: mine.sources.b ?? never() } }
    const lay = (pipeline: typeof planned.pipeline) => withCalibration(pipeline, others)
    const { consensus } = await loadPipeline('starter', ['consensus.region_score=0.42'], lay)
    expect(consensus).toMatchObject({ region_score: 0.42, score_threshold: mine.rules.score_threshold })
    expect(Object.keys(consensus.sources)).toEqual(['nanodet'])
    expect(() => withCalibration(planned.pipeline, { ...others })).toThrow(/is of nanodet, stranger; .* has a, b: none/)
  })

  test('say which annotators they do not know, and of which they know another', async () => {
    const mine = await readCalibration(small.store, 'mine@1')
    expect(calibrationNotes(planned.annotators, mine)).toEqual([])
    const a = { ...(mine.sources.a ?? never()), digest: 'other' }
    expect(calibrationNotes(planned.annotators, { ...mine, sources: { a } })).toEqual([
      expect.stringMatching(/annotator a with digest other, this run has [0-9a-f]{16}/),
      expect.stringMatching(/does not know annotator b/),
    ])
  })
})

test('a calibration for people names the annotators that are not heard', async () => {
  const truth = { path: truthPath, coco: await readCocoTruth(truthPath) }
  const { calibration, ...figures } = await calibrateRun(question({ truth }))
  const sources = { ...calibration.sources, b: { ...(calibration.sources.b ?? never()), weight: 0 } }
  const text = calibrationText({ ...calibration, sources, version: 1, created_at: '' }, figures)
  expect(text).toMatch(/^weight 0, not heard in the vote: b$/m)
})

test('fld calibrate stores a version, prints what it fitted, and says how to use it', async () => {
  const out = join(small.folder, 'out')
  const file = join(folder, 'told.json')
  const asked = ['calibrate', 'tones', '--out', out, '--truth', truthPath, '--name', 'told', '--file', file]
  const few = await fld(asked)
  expect(few).toMatchObject({ code: 2, stdout: '' })
  expect(few.stderr).toContain('at least 50 are asked for')
  const ended = await fld([...asked, '--min-images', '9'])
  expect(ended, ended.stderr).toMatchObject({ code: 0 })
  expect(ended.stdout).toMatch(/^told@1: beta curves to quality, fitted on 9 images with 8 boxes/)
  expect(ended.stdout).toMatch(/^a +9 +7 /m)
  expect(ended.stdout).not.toContain('weight 0')
  expect(ended.stdout).toMatch(
    /^before +[.\d]+ +[.\d]+ +[.\d]+ +[.\d]+\nafter +[.\d]+ .*\nthese are the images of the fit/m,
  )
  expect(ended.stderr).toContain('--calibration told@1')
  const stored = await readJson(small.store, storeLayout.calibration('told', 1), calibrationSchema)
  expect(await findCalibration(small.store, file)).toEqual(stored)
  const refused = await fld(['calibrate', 'tones', '--out', out, '--precision', '2'])
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain('number from 0 to 1')
})

function never(): never {
  throw new Error('the calibration has both annotators')
}
