import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { storeLayout } from '../../schemas/store-layout.js'
import { type RunReport, reportRun } from '../../src/report/index.js'
import { htmlFaults } from '../report/html-faults.js'
import { SmallRun } from '../run/small-run.js'
import { fld } from './fld-process.js'

/** Pictures of these tones, in shards of four: dogs below 128, cats above; d cannot do the last. */
const tones = [10, 40, 70, 100, 130, 160, 190, 220, 250]
let small: SmallRun
let folder: string
let out: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-report-'))
  small = await SmallRun.open(tones)
  out = join(small.folder, 'out')
  small.startWorker()
  const uses = [{ name: 'a' }, { name: 'b' }, { name: 'd', required: false, options: { poison: [250] } }]
  const { manifest, failures } = await small.run(await small.plan(uses, { run: 'tones' }))
  expect(failures).toEqual([])
  expect(manifest?.images).toBe(tones.length)
}, 120_000)
afterAll(async () => {
  await small.close()
  await rm(folder, { recursive: true })
})

const signal = new AbortController().signal

describe('fld report', () => {
  let printed: string
  let report: RunReport
  beforeAll(async () => {
    const ended = await fld(['report', 'tones', '--out', out, '--to', join(folder, 'deep', 'report')])
    expect(ended, ended.stderr).toMatchObject({ code: 0 })
    printed = ended.stdout
    report = JSON.parse(await readFile(join(folder, 'deep', 'report', 'report.json'), 'utf8'))
  })

  test('adds up what the run committed', () => {
    expect(report.summary).toMatchObject({ run: 'tones', state: 'complete', committed: 3, images: 9 })
    expect(report.annotations.find(({ type }) => type === 'region_text phrase')).toMatchObject({
      image_annotations: 9,
      regions: 9,
      regions_per_annotation: 1,
      regional_tokens: 1,
    })
    expect(report.agreement.votes.object).toEqual({ 2: 1, 3: 8 })
    expect(report.agreement.pairs.find(({ second }) => second === 'd')).toMatchObject({ both: 8, only_first: 1 })
    expect(report.coverage[0]?.boxes).toBe(9)
    expect(report.accuracy).toBeNull()
  })

  test('tells what each annotator said and took', () => {
    const [a, , d] = report.sources
    expect(a).toMatchObject({ annotator: 'a', shards: 3, observations: { object: 9 }, seen: 9, reached: 9 })
    expect(d).toMatchObject({ annotator: 'd', observations: { object: 8, failure: 1 } })
    expect(a?.cost).toMatchObject({ shards: 3, images: 9, providers: ['cpu'] })
    expect(report.rejects).toMatchObject([{ reason: 'annotator_failed', stage: 'annotate', kind: 'image', count: 1 }])
  })

  test('prints the Markdown that it writes, and a page that is whole', async () => {
    expect(await readFile(join(folder, 'deep', 'report', 'report.md'), 'utf8')).toBe(printed)
    expect(printed).toMatch(/^# Run tones, round 0\n/)
    const html = await readFile(join(folder, 'deep', 'report', 'report.html'), 'utf8')
    expect(htmlFaults(html)).toEqual([])
    expect(html).toContain('<svg')
  })

  test('is the same in each reading, and prints JSON when asked', async () => {
    const ended = await fld(['report', '--out', out, '--to', join(folder, 'again'), '--json'])
    expect(ended, ended.stderr).toMatchObject({ code: 0 })
    expect(JSON.parse(ended.stdout)).toEqual(report)
  })

  test('holds sources and committed regions against true boxes, found by file name', async () => {
    const truth = join(folder, 'truth.json')
    // Of the first and the last picture: what the annotators see in the one, a dog where they see a cat in the other.
    const annotation = (image_id: number, width: number) => ({ image_id, category_id: 7, bbox: [1, 1, width - 2, 28] })
    await writeFile(
      truth,
      JSON.stringify({
        images: [
          { id: 1, file_name: 'val/000.png' },
          { id: 2, file_name: '008.png' },
          { id: 3, file_name: 'elsewhere.png' },
        ],
        annotations: [annotation(1, 40), annotation(2, 48), annotation(3, 40)],
        categories: [
          { id: 7, name: 'Dog' },
          { id: 8, name: 'cat' },
        ],
      }),
    )
    const args = ['report', 'tones', '--out', out, '--to', join(folder, 'truth'), '--json', '--truth']
    const ended = await fld([...args, truth])
    expect(ended, ended.stderr).toMatchObject({ code: 0 })
    const { accuracy }: RunReport = JSON.parse(ended.stdout)
    expect(accuracy).toMatchObject({ images: 2, labelled: 3, boxes: 2 })
    const half = {
      // 51 of 101 points of recall are reached.
      ap: expect.closeTo(51 / 101, 9),
      threshold: 0.9,
      precision: 0.5,
      recall: 0.5,
      f1: 0.5,
    }
    expect(accuracy?.sources[0]).toMatchObject({ annotator: 'a', ...half })
    expect(accuracy?.sources[0]?.by_size.large).toEqual({ ap: null, precision: null, recall: null })
    // d could not do the last picture.
    expect(accuracy?.sources[2]).toMatchObject({ annotator: 'd', images: 1, precision: 1, recall: 1 })
    expect(accuracy?.committed).toMatchObject({ ...half, annotator: null, threshold: null })
    const bad = await fld([...args, join(folder, 'no-such.json')])
    expect(bad).toMatchObject({ code: 2 })
    expect(bad.stderr).toContain('cannot read the COCO file')
  })

  test('names the runs there are when asked for another, and the folder that it cannot write', async () => {
    const strange = await fld(['report', 'other', '--out', out, '--to', folder])
    expect(strange.code).toBe(1)
    expect(strange.stderr).toContain('no run "other"')
    const blocked = await fld(['report', 'tones', '--out', out, '--to', join(folder, 'again', 'report.md')])
    expect(blocked.code).toBe(2)
    expect(blocked.stderr).toMatch(/--to .*report\.md cannot be written/)
  })

  test('of a round that the run has not says which there are', async () => {
    const asked = await fld(['report', 'tones', '--out', join(small.folder, 'out'), '--round', '4'])
    expect(asked).toMatchObject({ code: 1, stdout: '' })
    expect(asked.stderr).toContain('run "tones" has no round 4; there is: 0')
  })

  test('of a round that is open says how many shards it has', async () => {
    await small.store.delete([storeLayout.manifest('tones', 0), storeLayout.commit('tones', 0, '000001')])
    const open = await reportRun({ store: small.store, run: 'tones', round: 0, signal })
    expect(open.summary).toMatchObject({ state: 'open', committed: 2, shards: 3, images: 5 })
    expect(open.closed_at).toBeNull()
    expect(open.hints[0]).toBe('The round is not closed: 2 of 3 shards are here.')
    expect(open.sources[0]).toMatchObject({ shards: 2, seen: 5 })
  })

  test('ends when it is told to', async () => {
    await expect(
      reportRun({ store: small.store, run: 'tones', round: 0, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'aborted' })
  })
})
