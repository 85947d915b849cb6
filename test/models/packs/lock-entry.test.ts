import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockedEntrySchema, type PackEntry, packEntrySchema } from '../../../schemas/pack.js'
import { knownLock, type LockOptions, lockEntry } from '../../../src/models/packs/lock-entry.js'
import { pullEntry, pullPack, verifyEntry } from '../../../src/models/packs/pull.js'
import { pinInRepository } from '../../../src/models/packs/repository-lock.js'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import { externalWeightsModel } from '../sessions/tiny-models.js'
import { commitId, firstOf, type HubRepository, serveRepository } from './hub-server.js'
import { answer, cutAfter, type ModelServer, startModelServer } from './model-server.js'
import { emptyCache, filesBelow, noise, sha256 } from './pack-fixtures.js'

const graph = noise(300_000, 1)
const newGraph = noise(310_000, 2)
const config = Buffer.from('{"of": "a"}')
const newConfig = Buffer.from('{"of": "b, which is longer"}')
const retry = { attempts: 3, baseDelayMs: 1, stallMs: 5_000 }
const [first, second] = [commitId('a'), commitId('b')]

let hub: ModelServer
let storage: ModelServer
let repository: HubRepository
let options: LockOptions

beforeEach(async () => {
  hub = await startModelServer()
  storage = await startModelServer()
  repository = serveRepository(hub, storage, 'owner/model', {
    a: { 'config.json': config, 'onnx/model.onnx': graph },
    b: { 'config.json': newConfig, 'onnx/model.onnx': newGraph },
  })
  options = { cache: await emptyCache(), hubEndpoint: hub.url, hubToken: 'secret', retry }
})
afterEach(async () => {
  await hub.close()
  await storage.close()
  await rm(options.cache, { recursive: true })
})

function unpinned(paths: readonly string[], more: Partial<PackEntry> = {}): PackEntry {
  const files = paths.map((path) => ({ path, sources: [`hf:${repository.name}@main/${path}`] }))
  return packEntrySchema.parse({ name: 'own', annotator: 'detect', family: 'f', licence: 'MIT', files, ...more })
}
const both = () => unpinned(['config.json', 'onnx/model.onnx'])
const visible = async () =>
  (await filesBelow(join(options.cache, 'models'))).filter((file) => !/\.(part|verified)$/.test(file))
const source = (commit: string, path: string) => `hf:owner/model@${commit}/${path}`

describe('locking an entry', () => {
  it('pins each file to the commit and to what came, which is then in the cache', async () => {
    const locked = await lockEntry(both(), options)
    expect(locked.files).toEqual([
      {
        path: 'config.json',
        sha256: sha256(config),
        bytes: config.byteLength,
        sources: [source(first, 'config.json')],
      },
      { path: 'onnx/model.onnx', sha256: sha256(graph), bytes: 300_000, sources: [source(first, 'onnx/model.onnx')] },
    ])
    lockedEntrySchema.parse(locked)
    hub.requests.length = 0
    const files = await pullEntry(locked, options)
    expect(hub.requests).toEqual([])
    expect(sha256(await readFile(files.get('onnx/model.onnx') ?? ''))).toBe(sha256(graph))
  })

  it('sends the token to the hub only, not to the host of large files', async () => {
    await lockEntry(both(), options)
    expect(new Set(hub.requests.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer secret']))
    expect(storage.requests.map(({ method, authorization }) => [method, authorization])).toEqual([['GET', null]])
  })

  it('needs nobody the second time', async () => {
    const locked = await lockEntry(both(), options)
    const files = await pullEntry(both(), options)
    await hub.close()
    await storage.close()
    expect(await lockEntry(both(), options)).toEqual(locked)
    expect(await pullEntry(both(), options)).toEqual(files)
  })

  it('takes all files of a repository from one commit when main moves in between', async () => {
    firstOf(hub, 'GET', repository.address(first, 'config.json'), () => {
      repository.main = second
      return false
    })
    // The interception answers nothing itself: the file is served as of its commit.
    hub.files.set(repository.address(first, 'config.json'), config)
    const locked = await lockEntry(both(), options)
    expect(repository.main).toBe(second)
    expect(locked.files.map(({ sha256: hash }) => hash)).toEqual([sha256(config), sha256(graph)])
  })

  it('keeps to that commit for other files and other entries later on', async () => {
    await lockEntry(unpinned(['config.json']), options)
    repository.main = second
    const later = await lockEntry(unpinned(['onnx/model.onnx'], { name: 'other' }), options)
    expect(later.files[0]).toMatchObject({ sha256: sha256(graph), sources: [source(first, 'onnx/model.onnx')] })
  })

  it('asks again when it is to be done anew, and leaves what this machine has locked', async () => {
    const locked = await lockEntry(both(), options)
    repository.main = second
    const anew = await lockEntry(both(), { ...options, anew: true })
    expect(anew.files.map(({ sha256: hash }) => hash)).toEqual([sha256(newConfig), sha256(newGraph)])
    expect(await lockEntry(both(), options)).toEqual(locked)
  })

  it('agrees on one commit when it is done twice at once while main moves', async () => {
    firstOf(hub, 'HEAD', repository.address('main', 'config.json'), (_request, response) => {
      response.writeHead(200, { 'x-repo-commit': first }).end()
      repository.main = second
      return true
    })
    const [left, right] = await Promise.all([lockEntry(both(), options), lockEntry(both(), options)])
    expect(left).toEqual(right)
    expect(await visible()).toHaveLength(2)
  })

  it('keeps the pins of all who pin different files of a repository at once', async () => {
    const paths = Array.from({ length: 12 }, (_, index) => `part/${index}.json`)
    repository = serveRepository(hub, storage, 'owner/parts', {
      a: Object.fromEntries(paths.map((path) => [path, Buffer.from(path)])),
    })
    const entries = paths.map((path, index) => unpinned([path], { name: `own-${index}` }))
    const locked = await Promise.all(entries.map((entry) => lockEntry(entry, options)))
    await hub.close()
    expect(await Promise.all(entries.map((entry) => knownLock(entry, options)))).toEqual(locked)
  })

  it('refuses other bytes of a commit than somebody else has pinned meanwhile', async () => {
    const pin = { sha256: 'a'.repeat(64), bytes: 1 }
    const other = { kind: 'hub', repository: 'owner/model', revision: first, path: 'config.json' } as const
    firstOf(hub, 'GET', repository.address(first, 'config.json'), (_request, response) => {
      void pinInRepository(other, pin, options).then(() => response.writeHead(200).end(config))
      return true
    })
    await expect(lockEntry(unpinned(['config.json']), options)).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringContaining(`this machine has pinned sha256 ${pin.sha256}`),
    })
    expect(await visible()).toEqual([])
  })

  it('leaves an entry that is pinned alone, and pins beside what is pinned', async () => {
    const pinnedFile = { path: 'own.txt', sha256: 'a'.repeat(64), bytes: 1, sources: ['https://example.org/own.txt'] }
    const entry = packEntrySchema.parse({ ...both(), files: [pinnedFile, ...both().files] })
    const locked = await lockEntry(entry, options)
    expect(locked.files[0]).toEqual(pinnedFile)
    hub.requests.length = 0
    expect(await lockEntry(locked, options)).toEqual(locked)
    expect(hub.requests).toEqual([])
  })

  it('follows a repository that was renamed', async () => {
    for (const revision of ['main', first]) {
      const old = `/owner/old/resolve/${revision}/config.json`
      hub.interceptions.set(old, answer(307, { location: repository.address(revision, 'config.json') }))
    }
    const entry = packEntrySchema.parse({
      ...both(),
      files: [{ path: 'config.json', sources: ['hf:owner/old@main/config.json'] }],
    })
    expect((await lockEntry(entry, options)).files).toMatchObject([
      { sha256: sha256(config), sources: [`hf:owner/old@${first}/config.json`] },
    ])
  })

  it('takes the commit from the answer that sends to a cache of small files', async () => {
    hub.files.set('/cache/config', config)
    for (const revision of ['main', first]) {
      const told = { location: '/cache/config', 'x-repo-commit': first }
      hub.interceptions.set(repository.address(revision, 'config.json'), answer(307, told))
    }
    const locked = await lockEntry(unpinned(['config.json']), options)
    expect(locked.files).toMatchObject([{ sha256: sha256(config), sources: [source(first, 'config.json')] }])
  })
})

describe('a hub that misbehaves', () => {
  const address = (path = 'onnx/model.onnx', revision = first) => repository.address(revision, path)

  it('cuts the connection: the download goes on where it was', async () => {
    firstOf(storage, 'GET', repository.stored(graph), cutAfter(graph, 100_000))
    await lockEntry(both(), options)
    expect(storage.requests.map(({ range }) => range)).toEqual([null, 'bytes=100000-'])
  })

  it('fails in the middle: what had come is not asked for again', async () => {
    const usual = hub.interceptions.get(address('config.json'))
    hub.interceptions.set(address('config.json'), answer(403))
    const entry = unpinned(['onnx/model.onnx', 'config.json'])
    await expect(lockEntry(entry, options)).rejects.toMatchObject({ code: 'model_unavailable' })
    expect(await visible()).toEqual([])
    if (usual) hub.interceptions.set(address('config.json'), usual)
    await lockEntry(entry, options)
    expect(storage.requests).toHaveLength(1)
    expect(await visible()).toHaveLength(2)
  })

  it('wants to be left alone for a second: waits as Retry-After says', async () => {
    firstOf(hub, 'HEAD', repository.address('main', 'config.json'), answer(429, { 'retry-after': '1' }))
    await lockEntry(both(), options)
    const [refused, again] = hub.requests
    expect((again?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(990)
  })

  it.each([
    [401, /answered 401: a login is needed/, 1],
    [404, /answered 404: there is no such file/, 1],
    [429, /answered 429: too many requests \(tried 3 times\)/, 3],
  ])('answers %i: says so, and asks again only where that may help', async (status, message, requests) => {
    hub.interceptions.set(repository.address('main', 'config.json'), answer(status))
    const error = await lockEntry(both(), options).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'model_unavailable', message: expect.stringMatching(message) })
    expect(String(error)).toContain('"own"')
    expect(JSON.stringify(error) + String(error)).not.toContain('secret')
    expect(hub.requests).toHaveLength(requests)
  })

  it('sends other bytes than its X-Linked-Etag says: they are thrown away', async () => {
    storage.files.set(repository.stored(graph), noise(300_000, 9))
    await expect(lockEntry(both(), options)).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringContaining(`the hub says ${sha256(graph)}`),
    })
    expect(await visible()).toEqual([])
    storage.files.set(repository.stored(graph), graph)
    expect((await lockEntry(both(), options)).files[1]).toMatchObject({ sha256: sha256(graph) })
  })

  it('sends another length than its X-Linked-Size says: it is refused', async () => {
    storage.files.set(repository.stored(graph), noise(299_999, 1))
    await expect(lockEntry(both(), options)).rejects.toMatchObject({ code: 'model_unavailable' })
    expect(await visible()).toEqual([])
  })

  it('begins with bytes of another file: starts anew', async () => {
    firstOf(storage, 'GET', repository.stored(graph), cutAfter(noise(300_000, 8), 100_000))
    // No ETag to hold against the first answer: only the sum at the end tells.
    const usual = storage.interceptions.get(repository.stored(graph))
    storage.interceptions.set(repository.stored(graph), (request, response, count) => {
      delete request.headers['if-range']
      return usual?.(request, response, count) ?? false
    })
    expect((await lockEntry(both(), options)).files[1]).toMatchObject({ sha256: sha256(graph) })
    expect(storage.requests.map(({ range }) => range)).toEqual([null, 'bytes=100000-', null])
  })

  it('does not say its commit: nothing can be pinned', async () => {
    hub.interceptions.set(repository.address('main', 'config.json'), answer(200))
    await expect(lockEntry(both(), options)).rejects.toThrow(/does not say its commit/)
  })

  it('answers for another commit than it was asked for: it is refused', async () => {
    hub.interceptions.set(address('config.json'), answer(200, { 'x-repo-commit': second }))
    await expect(lockEntry(both(), options)).rejects.toThrow(`answers for ${second} when asked for ${first}`)
  })

  it('is told to stop, and gone on with', async () => {
    const stop = new AbortController()
    firstOf(storage, 'GET', repository.stored(graph), (_request, response) => {
      response.writeHead(200, { 'content-length': graph.byteLength })
      response.write(graph.subarray(0, 50_000))
      return true
    })
    const onProgress = ({ file }: { file: string }) => {
      if (file === 'onnx/model.onnx') stop.abort()
    }
    await expect(lockEntry(both(), { ...options, signal: stop.signal, onProgress })).rejects.toMatchObject({
      code: 'aborted',
    })
    await lockEntry(both(), options)
    expect(storage.requests.at(-1)?.range).toMatch(/^bytes=\d+-$/)
  })
})

describe('pulling what is not pinned', () => {
  it('pins it, and verifying tells what is not pinned yet', async () => {
    const paths = ['config.json', 'onnx/model.onnx']
    expect(await verifyEntry(both(), options)).toEqual(
      paths.map((file) => ({ file, state: 'missing', pinned: false, path: '' })),
    )
    const pack = { name: 'own', description: '', entries: [both()] }
    const files = (await pullPack(pack, options)).get('own')
    expect([...(files?.keys() ?? [])]).toEqual(paths)
    expect(await verifyEntry(both(), options)).toMatchObject(paths.map((file) => ({ file, state: 'ok', pinned: true })))
  })

  it('gets the pinned bytes again when the cache has lost them, though main has moved', async () => {
    const path = (await pullEntry(both(), options)).get('onnx/model.onnx') ?? ''
    await rm(path)
    repository.main = second
    expect(sha256(await readFile((await pullEntry(both(), options)).get('onnx/model.onnx') ?? ''))).toBe(sha256(graph))
  })

  it('asks for the files of the chosen dtype only, and hands them over under plain names', async () => {
    const [half, weights] = [noise(1_000, 3), noise(2_000, 4)]
    repository = serveRepository(hub, storage, 'owner/halves', {
      a: { 'onnx/model.onnx': graph, 'onnx/model_fp16.onnx': half, 'onnx/model_fp16.onnx_data': weights },
    })
    const paths = ['onnx/model.onnx', 'onnx/model_fp16.onnx', 'onnx/model_fp16.onnx_data']
    const files = await pullEntry(unpinned(paths, { dtype: 'fp16' }), options)
    expect([...files.keys()]).toEqual(['onnx/model.onnx', 'onnx/model.onnx_data'])
    const local = files.get('onnx/model.onnx') ?? ''
    expect(sha256(await readFile(local))).toBe(sha256(half))
    // The graph names its weights inside: they lie beside it under their own name.
    expect(files.get('onnx/model.onnx_data')).toBe(`${local}_data`)
    expect(local).toMatch(/onnx[\\/]model_fp16\.onnx$/)
    expect(storage.requests.map(({ path }) => path)).not.toContain(repository.stored(graph))
  })

  it('gives a graph with weights in a file of their own that onnxruntime finds', async () => {
    const { graph: adding, weights } = externalWeightsModel([10, 20], 'model_q4.onnx_data')
    repository = serveRepository(hub, storage, 'owner/external', {
      a: { 'onnx/model.onnx': graph, 'onnx/model_q4.onnx': adding, 'onnx/model_q4.onnx_data': weights },
    })
    const paths = ['onnx/model.onnx', 'onnx/model_q4.onnx', 'onnx/model_q4.onnx_data']
    const files = await pullEntry(unpinned(paths, { dtype: { model: 'q4' } }), options)
    const host = createSessionHost({ threads: 1, sessions: 1 })
    try {
      const session = await host.open(files.get('onnx/model.onnx') ?? '')
      const { y } = await session.run({ x: { type: 'float32', data: Float32Array.of(1, 2), dims: [2] } })
      expect(y?.data).toEqual(Float32Array.of(11, 22))
    } finally {
      await host.close()
    }
  })
})
