import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lockedEntrySchema, packEntrySchema } from '../../schemas/pack.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { pullEntry } from '../../src/models/packs/pull.js'
import { addCheckpoint, checkpointDtypes, checkpointFiles } from '../../src/rounds/index.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { emptyCache, sha256 } from '../models/packs/pack-fixtures.js'
import { describeWithReference, referencePath } from '../reference-data.js'
import { createBucket, s3Connection } from '../servers/s3-connection.js'
import { refusedWith } from '../storage/store-expectations.js'
import { additionOf, type Contents, florence2Contents, writeContents } from './checkpoint-fixture.js'

/** Odd in every way that a URL would encode. */
const oddName = 'a b/100% %20 ünï#?+'

async function folderAndPull(): Promise<{ store: ObjectStore; open: (location: string) => Promise<ObjectStore> }> {
  const store = await openStore(join(await mkdtemp(join(tmpdir(), 'fld-files-')), oddName))
  return { store, open: (location) => openStore(location) }
}

async function bucketAndPull(): Promise<{ store: ObjectStore; open: (location: string) => Promise<ObjectStore> }> {
  const connection = await s3Connection()
  const { endpoint, region, accessKeyId, secretAccessKey } = connection
  const s3 = { endpoint, region, credentials: { accessKeyId, secretAccessKey } }
  const bucket = await createBucket(connection)
  const open = (location: string) => openStore(location, { s3 })
  return { store: await open(`s3://${bucket}/${oddName}`), open }
}

const places: [string, typeof folderAndPull][] = [
  ['folder', folderAndPull],
  ['bucket', bucketAndPull],
]

async function added(store: ObjectStore, contents: Contents) {
  const written = await writeContents(contents)
  const checkpoint = await addCheckpoint(store, additionOf(written))
  await written.remove()
  return checkpoint
}

function entryWith(files: ReturnType<typeof checkpointFiles>) {
  return lockedEntrySchema.parse({ name: 'base', annotator: 'florence2', family: 'florence2', licence: 'MIT', files })
}

describe.each(places)('the files of a checkpoint in a %s with an odd name', (_kind, open) => {
  it('come into the cache as those of a pack, byte for byte', async () => {
    const { store, open: openStoreAt } = await open()
    const contents = florence2Contents(5)
    const entry = entryWith(checkpointFiles(store, await added(store, contents)))
    // What a pack's schema takes: a checkpoint may stand in one.
    packEntrySchema.parse(entry)
    const cache = await emptyCache()
    const files = await pullEntry(entry, { cache, openStore: openStoreAt })
    expect([...files.keys()].sort()).toEqual(Object.keys(contents).sort())
    for (const [path, local] of files) {
      expect(sha256(await readFile(local)), path).toBe(sha256(contents[path] ?? new Uint8Array()))
    }
    await store.close()
    await rm(cache, { recursive: true })
  })

  it('are refused where the store holds other bytes', async () => {
    const { store, open: openStoreAt } = await open()
    const checkpoint = await added(store, florence2Contents(6))
    const file = checkpoint.files.find(({ path }) => path === 'onnx/encoder_model.onnx')
    if (file === undefined) throw new Error('no encoder')
    await store.put(storeLayout.checkpointFile('base', file), Buffer.alloc(file.bytes))
    const cache = await emptyCache()
    const pulling = pullEntry(entryWith(checkpointFiles(store, checkpoint)), { cache, openStore: openStoreAt })
    expect((await refusedWith('model_invalid', pulling)).message).toContain('is not the pinned file')
    await store.close()
    await rm(cache, { recursive: true })
  })
})

describe('the dtypes of a checkpoint', () => {
  it('are fp32 where it is there, else the one there is', async () => {
    const { store } = await folderAndPull()
    expect(checkpointDtypes(await added(store, florence2Contents(1)))).toBe('fp32')
    const half = await added(store, florence2Contents(2, '_fp16'))
    expect(checkpointDtypes(half)).toBe('fp16')
    expect(checkpointDtypes(await added(store, { ...florence2Contents(3), ...florence2Contents(3, '_q4') }))).toBe(
      'fp32',
    )
    const mixed = { ...florence2Contents(4, '_fp16'), 'onnx/embed_tokens.onnx': Buffer.from('fp32') }
    const choice = checkpointDtypes(await added(store, mixed))
    expect(choice).toEqual({
      decoder_model_merged: 'fp16',
      embed_tokens: 'fp32',
      encoder_model: 'fp16',
      vision_encoder: 'fp16',
    })
    const cache = await emptyCache()
    const files = await pullEntry({ ...entryWith(checkpointFiles(store, half)), dtype: 'fp16' }, { cache })
    expect(files.get('onnx/vision_encoder.onnx')).toMatch(/vision_encoder_fp16\.onnx$/)
    await rm(cache, { recursive: true })
  })

  it('may be chosen when it is added, with the weights beside a graph', async () => {
    const { store } = await folderAndPull()
    const weights = {
      'onnx/vision_encoder_q4.onnx_data': Buffer.from('w'),
      'onnx/vision_encoder.onnx_data': Buffer.from('v'),
    }
    const written = await writeContents({ ...florence2Contents(7), ...florence2Contents(7, '_q4'), ...weights })
    const dtype = { vision_encoder: 'q4' as const, encoder_model: 'q4' as const }
    const { files } = await addCheckpoint(store, additionOf(written, { dtype }))
    expect(files.map(({ path }) => path).filter((path) => path.startsWith('onnx/'))).toEqual([
      'onnx/decoder_model_merged.onnx',
      'onnx/embed_tokens.onnx',
      'onnx/encoder_model_q4.onnx',
      'onnx/vision_encoder_q4.onnx',
      'onnx/vision_encoder_q4.onnx_data',
    ])
    const refused = await refusedWith('config_invalid', addCheckpoint(store, additionOf(written, { dtype: 'bnb4' })))
    expect(refused.message).toContain('it has: fp32, q4')
    await written.remove()
  })
})

describeWithReference('a real checkpoint', ['golden/florence2/tiny'], () => {
  it('is taken with the nine files that a runtime reads, and comes back as it was', async () => {
    const { store } = await folderAndPull()
    const paths = [
      'config.json',
      'generation_config.json',
      'preprocessor_config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      ...['decoder_model_merged', 'embed_tokens', 'encoder_model', 'vision_encoder'].map(
        (graph) => `onnx/${graph}.onnx`,
      ),
    ]
    const all = [...paths, 'added_tokens.json', 'special_tokens_map.json', 'processor_config.json']
    const files = new Map(all.map((path) => [path, referencePath(`golden/florence2/tiny/${path}`)]))
    const addition = { name: 'tiny', files, source: 'golden', fromSnapshot: null, licence: 'none' }
    const checkpoint = await addCheckpoint(store, addition)
    expect(checkpoint.files.map(({ path }) => path).sort()).toEqual([...paths].sort())
    const cache = await emptyCache()
    const pulled = await pullEntry(entryWith(checkpointFiles(store, checkpoint)), { cache })
    for (const path of paths) {
      const [here, there] = await Promise.all([readFile(pulled.get(path) ?? ''), readFile(files.get(path) ?? '')])
      expect(here.equals(there), path).toBe(true)
    }
    await rm(cache, { recursive: true })
  })
})
