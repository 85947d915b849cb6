import { createHash } from 'node:crypto'
import { readdir, readFile, readlink, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkpointSchema } from '../../schemas/checkpoint.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { commitShard } from '../../src/dataset/commit.js'
import { closeRound } from '../../src/dataset/manifest.js'
import { addCheckpoint, listCheckpoints, promoteCheckpoint, readCheckpoint } from '../../src/rounds/index.js'
import type { UploadProgress } from '../../src/rounds/upload-file.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { attemptBy } from '../dataset/shard-attempts.js'
import { openBucketStore, openFolderStore, type TestStore } from '../dataset/stores.js'
import { sha256 } from '../models/packs/pack-fixtures.js'
import { keysOf, refusedWith } from '../storage/store-expectations.js'
import { additionOf, type Contents, florence2Contents, type WrittenFiles, writeContents } from './checkpoint-fixture.js'

const places: [string, () => Promise<TestStore>][] = [
  ['folder', openFolderStore],
  ['bucket', openBucketStore],
]

/** The files that this process has open. */
async function openFiles(): Promise<string[]> {
  const handles = await readdir('/proc/self/fd')
  return Promise.all(handles.map((handle) => readlink(`/proc/self/fd/${handle}`).catch(() => '')))
}

describe.each(places)('adding a checkpoint to a %s', (_kind, open) => {
  let opened: TestStore
  let store: ObjectStore
  let written: WrittenFiles[]
  beforeEach(async () => {
    opened = await open()
    store = opened.store
    written = await Promise.all([1, 2, 3, 4].map((seed) => writeContents(florence2Contents(seed))))
  })
  afterEach(async () => {
    await Promise.all(written.map((files) => files.remove()))
    await opened.remove()
  })
  const nth = (index: number): WrittenFiles => {
    const files = written[index]
    if (files === undefined) throw new Error(`no files ${index}`)
    return files
  }
  const visible = async () => (await listCheckpoints(store)).flatMap(({ versions }) => versions)

  it('uploads what a runtime reads, and writes down what it is and where it came from', async () => {
    const contents: Contents = {
      ...florence2Contents(9),
      'pytorch_model.bin': Buffer.from('large'),
      'onnx/other.onnx': Buffer.from('x'),
    }
    const more = await writeContents(contents)
    const added = await addCheckpoint(store, additionOf(more, { source: 'hf:owner/repo@abc' }))
    const paths = Object.keys(florence2Contents(9)).sort()
    expect(added).toMatchObject({
      name: 'base',
      version: 1,
      licence: 'MIT',
      annotator: 'florence2',
      family: 'florence2',
    })
    expect(added.lineage).toEqual({ source: 'hf:owner/repo@abc', from_snapshot: null, parent: null })
    expect(added.files.map(({ path }) => path)).toEqual(paths)
    const lines = added.files.map(({ path, sha256: hash }) => `${hash}  ${path}\n`)
    expect(added.digest).toBe(createHash('sha256').update(lines.join('')).digest('hex'))
    for (const file of added.files) {
      const stored = await store.get(storeLayout.checkpointFile('base', file))
      expect({ bytes: stored.length, sha256: sha256(stored) }, file.path).toEqual({
        bytes: file.bytes,
        sha256: file.sha256,
      })
      expect(Buffer.compare(stored, Buffer.from(contents[file.path] ?? ''))).toBe(0)
    }
    expect(await readCheckpoint(store, 'base', 1)).toEqual(checkpointSchema.parse(added))
    await more.remove()
  })

  it('counts versions up, and finds what is there instead of adding it again', async () => {
    const first = await addCheckpoint(store, additionOf(nth(0)))
    const second = await addCheckpoint(store, additionOf(nth(1)))
    expect([first.version, second.version]).toEqual([1, 2])
    expect(await addCheckpoint(store, additionOf(nth(0), { source: 'elsewhere' }))).toEqual(first)
    expect((await addCheckpoint(store, additionOf(nth(0), { name: 'other' }))).version).toBe(1)
    expect(await visible()).toHaveLength(3)
  })

  it('gives everyone who adds at the same time a version of their own, and the same content one', async () => {
    const added = await Promise.all(
      [0, 1, 2, 3, 0, 1, 2, 3].map((index) => addCheckpoint(store, additionOf(nth(index)))),
    )
    const versions = await visible()
    expect(versions.map(({ version }) => version)).toEqual(versions.map((_, index) => index + 1))
    expect(new Set(versions.map(({ digest }) => digest)).size).toBe(4)
    for (const checkpoint of added) {
      expect(versions).toContainEqual(checkpoint)
      for (const file of checkpoint.files) {
        expect(sha256(await store.get(storeLayout.checkpointFile('base', file)))).toBe(file.sha256)
      }
    }
  })

  it('leaves nothing visible when it is stopped, and what it had sent serves the next one', async () => {
    const stop = new AbortController()
    const onProgress = ({ file, sentBytes }: UploadProgress) => {
      if (file === 'onnx/embed_tokens.onnx' && sentBytes === 0) stop.abort()
    }
    const stopped = addCheckpoint(store, additionOf(nth(0)), { signal: stop.signal, onProgress })
    await refusedWith('aborted', stopped)
    expect(await visible()).toEqual([])
    expect((await keysOf(store.list('checkpoints/base/files/'))).length).toBeGreaterThan(0)
    const seen: UploadProgress[] = []
    const added = await addCheckpoint(store, additionOf(nth(0)), { onProgress: (progress) => seen.push(progress) })
    expect(added.version).toBe(1)
    const reused = seen.filter((progress) => progress.reused).map(({ file }) => file)
    expect(reused).toEqual(['config.json', 'generation_config.json', 'onnx/decoder_model_merged.onnx'])
    expect(seen.at(-1)).toMatchObject({ reused: false, file: 'tokenizer_config.json' })
    for (const file of added.files) {
      expect(sha256(await store.get(storeLayout.checkpointFile('base', file)))).toBe(file.sha256)
    }
  })

  it('can be stopped while it still reads', async () => {
    const large = join(nth(0).folder, 'onnx/embed_tokens.onnx')
    await truncate(large, 2 ** 30)
    const stop = new AbortController()
    const adding = refusedWith('aborted', addCheckpoint(store, additionOf(nth(0)), { signal: stop.signal }))
    while (!(await openFiles()).includes(large));
    stop.abort()
    await adding
    expect(await keysOf(store.list(''))).toEqual([])
  })

  it('refuses a file that changes while it is uploaded', async () => {
    const graph = nth(0).files.get('onnx/vision_encoder.onnx') ?? ''
    const other = join(nth(0).folder, 'other')
    await writeFile(other, Buffer.alloc(40_000))
    const whole = await readFile(graph)
    let changing: Promise<void> | null = null
    const onProgress = ({ file }: UploadProgress) => {
      if (file === 'config.json') changing ??= rename(other, graph)
    }
    const error = await refusedWith('source_invalid', addCheckpoint(store, additionOf(nth(0)), { onProgress }))
    expect(error.message).toContain('vision_encoder.onnx changed while it was uploaded')
    await changing
    expect(await visible()).toEqual([])
    const key = storeLayout.checkpointFile('base', { path: 'onnx/vision_encoder.onnx', sha256: sha256(whole) })
    expect(await store.head(key)).toBeNull()
  })

  it('pins the snapshot that it was trained on, and the version before it', async () => {
    await commitShard(store, attemptBy('a', 'starter-1', '000000'))
    await closeRound(store, { run: 'starter-1', round: 0, set: 'photos', plan: 'digest', shards: 1 })
    const manifest = sha256(await store.get(storeLayout.manifest('starter-1', 0)))
    await addCheckpoint(store, additionOf(nth(0)))
    await promoteCheckpoint(store, 'base', 1)
    const fromSnapshot = { run: 'starter-1', round: 0 }
    const added = await addCheckpoint(store, additionOf(nth(1), { fromSnapshot }))
    expect(added.lineage).toEqual({
      source: 'a test',
      from_snapshot: { run: 'starter-1', round: 0, revision: 0, manifest_sha256: manifest },
      parent: 1,
    })
  })

  it('refuses a snapshot that is not there, before anything is sent', async () => {
    await commitShard(store, attemptBy('a', 'open', '000000'))
    const before = await keysOf(store.list(''))
    const add = (run: string) =>
      refusedWith('run_missing', addCheckpoint(store, additionOf(nth(0), { fromSnapshot: { run, round: 1 } })))
    expect((await add('nowhere')).message).toContain('no run "nowhere"')
    await store.put(storeLayout.runPlan('open'), Buffer.from('{}'))
    expect((await add('open')).message).toContain('has no snapshot of round 1')
    await store.delete([storeLayout.runPlan('open')])
    expect(await keysOf(store.list(''))).toEqual(before)
  })
})

describe('what is no checkpoint', () => {
  let opened: TestStore
  let written: WrittenFiles
  beforeEach(async () => {
    opened = await openFolderStore()
    written = await writeContents(florence2Contents(1))
  })
  afterEach(async () => {
    await written.remove()
    await opened.remove()
  })
  const refused = async (change: Partial<Parameters<typeof additionOf>[1]> = {}) =>
    refusedWith('config_invalid', addCheckpoint(opened.store, additionOf(written, change)))

  it.each(['Base', 'a/b', '', '-x', 'a.b'])('is refused the name "%s"', async (name) => {
    expect((await refused({ name })).message).toContain('lower-case letters')
  })

  it('is told what is missing and what is there', async () => {
    const files = new Map(written.files)
    files.delete('tokenizer.json')
    files.delete('onnx/embed_tokens.onnx')
    const { message, details } = await refused({ files })
    expect(message).toContain('missing are tokenizer.json, onnx/embed_tokens.onnx;')
    expect(message).toContain('onnx/vision_encoder.onnx')
    expect(details.missing).toEqual(['tokenizer.json', 'onnx/embed_tokens.onnx'])
    expect((await refused({ files: new Map() })).message).toContain('nothing is there')
  })

  it('is told its model_type, or that config.json says nothing', async () => {
    const config = written.files.get('config.json') ?? ''
    await writeFile(config, '{"model_type": "bart"}')
    expect((await refused()).message).toContain('model_type "bart", not "florence2"')
    await writeFile(config, '{}')
    expect((await refused()).message).toContain('it has no model_type')
    await writeFile(config, '{')
    expect((await refused()).message).toContain('config.json cannot be read')
  })

  it('is refused an empty file', async () => {
    await writeFile(written.files.get('tokenizer_config.json') ?? '', '')
    expect((await refused()).message).toContain('tokenizer_config.json is empty')
  })

  it('does without generation_config.json', async () => {
    await rm(written.files.get('generation_config.json') ?? '')
    const files = new Map(written.files)
    files.delete('generation_config.json')
    expect((await addCheckpoint(opened.store, additionOf(written, { files }))).files).toHaveLength(8)
  })
})
