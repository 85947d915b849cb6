import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gateRecordSchema } from '../../schemas/gate.js'
import { heldOutSplits, type Split, splitOf } from '../../schemas/image.js'
import { readJson } from '../../src/dataset/json-record.js'
import { addCheckpoint, promoteCheckpoint, readCurrentCheckpoint } from '../../src/rounds/index.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { fld } from '../cli/fld-process.js'
import { describeWithReference, referencePath } from '../reference-data.js'
import { writeCheckpointPipeline } from './small-florence2.js'

/** Photographs that are held out, and some beside them that are trained on. */
const heldOut = 6
const trainedOn = 2
const truth = 'photos/coco_mini/annotations/instances_val2017.json'

/**
 * The tiny checkpoint's weights are random, and no label agrees with them: the run is its own, so that what the snapshot agreed
 * on is what the sound weights say.
 */
describeWithReference('the gate of a checkpoint', ['golden/florence2/tiny', 'photos/coco_mini'], () => {
  let folder: string
  let out: string
  let store: ObjectStore
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fld-gate-'))
    out = join(folder, 'out')
    store = await openStore(out)
    await copyPhotographs(join(folder, 'photos'))
    const tiny = referencePath('golden/florence2/tiny')
    const paths = (await readdir(tiny, { recursive: true })).filter((path) => path.includes('.'))
    const files = new Map(paths.map((path) => [path, join(tiny, path)]))
    const add = (changed: Record<string, string>) =>
      addCheckpoint(store, {
        ...{ name: 'tiny', source: 'tests', fromSnapshot: null, licence: 'none' },
        files: new Map([...files, ...Object.entries(changed)]),
      })
    await add({})
    await add({ 'onnx/embed_tokens.onnx': await withoutWeights(files.get('onnx/embed_tokens.onnx') ?? '', folder) })
    // The same weights once more: another way to write a setting that decides nothing.
    const settings = JSON.parse(await readFile(files.get('generation_config.json') ?? '', 'utf8'))
    const same = join(folder, 'generation_config.json')
    await writeFile(same, JSON.stringify(settings, null, 7))
    await add({ 'generation_config.json': same })
    await promoteCheckpoint(store, 'tiny', 1)
    const pipeline = await writeCheckpointPipeline(folder, { checkpoint: 'tiny@1', shardSize: 3 })
    const ended = await fld(['run', pipeline, '--images', join(folder, 'photos'), '--out', out, '--run-id', 'own'])
    expect(ended, ended.stderr).toMatchObject({ code: 0 })
  }, 300_000)
  afterAll(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })

  const gate = (version: number, ...more: string[]) =>
    fld([
      ...['checkpoint', 'gate', `tiny@${version}`, '--run', 'own', '--out', out],
      ...['--set', 'gate.min_images=1', '--set', 'decoding.max_new_tokens=24', ...more],
    ])
  const promote = (version: number, ...more: string[]) =>
    fld(['checkpoint', 'promote', `tiny@${version}`, '--out', out, ...more])

  test('a version that was not held against the current one is not promoted', async () => {
    const ended = await promote(2)
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/tiny@2 was not held against tiny@1, which is current: fld checkpoint gate tiny@2/)
  })

  test('a damaged one is refused with its figures, and with a reason of somebody it moves, which is kept', async () => {
    const found = await gate(2, '--json')
    expect(found, found.stderr).toMatchObject({ code: 1 })
    const record = JSON.parse(found.stdout)
    expect(record).toMatchObject({ passed: false, against: 1, images: heldOut, basis: { objects: 'agreement' } })
    expect(record.measured.against.captions).toBeGreaterThan(record.measured.version.captions + 0.1)
    expect(record.reasons.join()).toMatch(/CIDEr-D of brief captions: .* of the other/)
    const refused = await promote(2)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/tiny@2 did not pass the gate beside tiny@1, which is current: .*CIDEr-D/)
    expect((await readCurrentCheckpoint(store, 'tiny'))?.version).toBe(1)
    expect(await promote(2, '--force', 'to see what it does')).toMatchObject({ code: 0 })
    const current = await readCurrentCheckpoint(store, 'tiny')
    const move = current?.history.at(-1)
    expect(move).toMatchObject({ version: 2, by: 'promote', forced: 'to see what it does' })
    // Its figures are one look away from the reason.
    expect(await readJson(store, move?.gate ?? '', gateRecordSchema)).toEqual(record)
    const shown = await fld(['checkpoint', 'show', 'tiny', '--out', out])
    expect(shown.stdout).toMatch(/promote +tiny@2 .*past the gate: to see what it does/)
    expect(await fld(['checkpoint', 'rollback', 'tiny', '--out', out])).toMatchObject({ code: 0 })
  }, 200_000)

  test('one that is as good passes, is promoted, and the record of the gate is named', async () => {
    const found = await gate(3, '--json')
    expect(found, found.stderr).toMatchObject({ code: 0 })
    const { measured } = JSON.parse(found.stdout)
    expect(measured.version).toEqual(measured.against)
    expect(measured.version.captions).toBeGreaterThan(1)
    expect(await promote(3)).toMatchObject({ code: 0 })
    const current = await readCurrentCheckpoint(store, 'tiny')
    expect(current?.history.at(-1)?.gate).toMatch(/^checkpoints\/tiny\/3\/gate-[0-9a-f]{16}\.json$/)
  }, 200_000)

  test('boxes of a COCO file are held against it where it knows the images', async () => {
    const found = await gate(3, '--against', '2', '--truth', referencePath(truth))
    expect(found, found.stderr).toMatchObject({ code: 0 })
    // The file does not know all of them: what is seen in the others is neither right nor wrong.
    expect(found.stdout).toMatch(/AP of objects +0\.\d{4} +0\.\d{4} +labels +[1-5]\n/)
    expect(found.stdout).toMatch(/CIDEr-D of brief captions .* agreement +[1-6]\n/)
    expect(found.stdout).toMatch(/tiny@3 passes: fld checkpoint promote tiny@3\nkept: checkpoints\/tiny\/3\/gate-/)
  }, 200_000)

  test('images that are trained on are never asked for', async () => {
    const ended = await gate(1, '--splits', 'train')
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain('"train" is none of validation, test')
  })
})

/** Photographs are held out by the hash of their bytes: what stands behind a picture's end makes it another. */
async function copyPhotographs(folder: string): Promise<void> {
  await mkdir(folder)
  const photographs = referencePath('photos/coco_mini/val2017')
  const names = (await readdir(photographs)).filter((name) => name.endsWith('.jpg')).sort()
  for (const [index, name] of names.slice(0, heldOut + trainedOn).entries()) {
    let bytes = await readFile(join(photographs, name))
    while (isHeldOut(bytes) !== index < heldOut) bytes = Buffer.concat([bytes, Buffer.of(0)])
    await writeFile(join(folder, name), bytes)
  }
}

function isHeldOut(bytes: Uint8Array): boolean {
  const split = splitOf(createHash('sha256').update(bytes).digest('hex'))
  return new Set<Split>(heldOutSplits).has(split)
}

/** A file whose weights are zero in the middle half: one large tensor, so that nothing else lies there. */
async function withoutWeights(path: string, folder: string): Promise<string> {
  const bytes = await readFile(path)
  bytes.fill(0, Math.floor(bytes.length / 4), Math.floor((bytes.length * 3) / 4))
  const damaged = join(folder, 'embed_tokens.onnx')
  await writeFile(damaged, bytes)
  return damaged
}
