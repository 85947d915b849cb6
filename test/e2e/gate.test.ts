import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addCheckpoint, promoteCheckpoint, readCurrentCheckpoint } from '../../src/rounds/index.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { fld } from '../cli/fld-process.js'
import { describeWithReference, referencePath } from '../reference-data.js'
import { copyPhotographs } from './small-fld5b.js'
import { writeCheckpointPipeline } from './small-florence2.js'

const photographs = 6

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
    await copyPhotographs(join(folder, 'photos'), photographs)
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

  const gate = (version: number) =>
    fld([
      ...['checkpoint', 'gate', `tiny@${version}`, '--run', 'own', '--out', out, '--splits', 'train,validation,test'],
      ...['--set', 'gate.min_images=1', '--set', 'decoding.max_new_tokens=24', '--json'],
    ])
  const promote = (version: number, ...more: string[]) =>
    fld(['checkpoint', 'promote', `tiny@${version}`, '--out', out, ...more])

  test('a version that was not held against the current one is not promoted', async () => {
    const ended = await promote(2)
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/tiny@2 was not held against tiny@1, which is current: fld checkpoint gate tiny@2/)
  })

  test('a damaged one is refused with its figures, and with a reason of somebody it moves, which is kept', async () => {
    const found = await gate(2)
    expect(found, found.stderr).toMatchObject({ code: 1 })
    const record = JSON.parse(found.stdout)
    expect(record).toMatchObject({ passed: false, against: 1, images: photographs, basis: { objects: 'agreement' } })
    expect(record.measured.against.captions).toBeGreaterThan(record.measured.version.captions + 0.1)
    expect(record.reasons.join()).toMatch(/CIDEr-D of brief captions: .* of the current one/)
    const refused = await promote(2)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/tiny@2 is worse than tiny@1, which is current: .*CIDEr-D/)
    expect((await readCurrentCheckpoint(store, 'tiny'))?.version).toBe(1)
    expect(await promote(2, '--force', 'to see what it does')).toMatchObject({ code: 0 })
    const current = await readCurrentCheckpoint(store, 'tiny')
    expect(current?.history.at(-1)).toMatchObject({
      version: 2,
      by: 'promote',
      forced: 'to see what it does',
      gate: null,
    })
    expect(await fld(['checkpoint', 'rollback', 'tiny', '--out', out])).toMatchObject({ code: 0 })
  }, 200_000)

  test('one that is as good passes, is promoted, and the record of the gate is named', async () => {
    const found = await gate(3)
    expect(found, found.stderr).toMatchObject({ code: 0 })
    const { measured } = JSON.parse(found.stdout)
    expect(measured.version).toEqual(measured.against)
    expect(measured.version.captions).toBeGreaterThan(1)
    expect(await promote(3)).toMatchObject({ code: 0 })
    const current = await readCurrentCheckpoint(store, 'tiny')
    expect(current?.history.at(-1)?.gate).toMatch(/^checkpoints\/tiny\/3\/gate-[0-9a-f]{16}\.json$/)
  }, 200_000)

  test('images that are held out are asked for, and there are none among so few', async () => {
    const ended = await fld(['checkpoint', 'gate', 'tiny@1', '--run', 'own', '--out', out])
    expect(ended.code).toBe(2)
    expect(ended.stderr).toMatch(/no image of the splits validation, test/)
  })
})

/** A file whose weights are zero in the middle half: one large tensor, so that nothing else lies there. */
async function withoutWeights(path: string, folder: string): Promise<string> {
  const bytes = await readFile(path)
  bytes.fill(0, Math.floor(bytes.length / 4), Math.floor((bytes.length * 3) / 4))
  const damaged = join(folder, 'embed_tokens.onnx')
  await writeFile(damaged, bytes)
  return damaged
}
