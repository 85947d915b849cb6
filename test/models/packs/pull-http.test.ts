import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pullEntry, verifyEntry } from '../../../src/models/packs/pull.js'
import type { PullOptions, PullProgress } from '../../../src/models/packs/pull-options.js'
import { answer, cutAfter, type ModelServer, once, startModelServer } from './model-server.js'
import { emptyCache, entryOf, filesBelow, noise, sha256 } from './pack-fixtures.js'

const model = noise(300_000, 7)
const retry = { attempts: 3, baseDelayMs: 1, stallMs: 5_000 }
let server: ModelServer
let options: PullOptions

beforeEach(async () => {
  server = await startModelServer()
  server.files.set('/model.onnx', model)
  options = { cache: await emptyCache(), hubEndpoint: server.url, retry }
})
afterEach(async () => {
  await server.close()
  await rm(options.cache, { recursive: true })
})

const webEntry = () => entryOf({ 'model.onnx': { bytes: model, sources: [`${server.url}/model.onnx`] } })
const paths = () => server.requests.map((request) => request.path)
const pulled = async (entry = webEntry(), more: Partial<PullOptions> = {}) => {
  const path = (await pullEntry(entry, { ...options, ...more })).get('model.onnx') ?? ''
  return sha256(await readFile(path))
}
const visible = async () => (await filesBelow(options.cache)).filter((file) => !file.endsWith('.part'))

describe('a model file from a web server', () => {
  it('arrives, tells how far it is, and needs no server the second time', async () => {
    const seen: PullProgress[] = []
    expect(await pulled(webEntry(), { onProgress: (progress) => seen.push(progress) })).toBe(sha256(model))
    expect(seen.at(-1)).toEqual({
      file: 'model.onnx',
      receivedBytes: model.byteLength,
      totalBytes: model.byteLength,
      source: `${server.url}/model.onnx`,
    })
    await server.close()
    expect(await pulled()).toBe(sha256(model))
  })

  it('goes on where a connection was cut, with the version it began with', async () => {
    server.interceptions.set('/model.onnx', once(cutAfter(model, 100_000)))
    expect(await pulled()).toBe(sha256(model))
    expect(server.requests.map((request) => request.range)).toEqual([null, 'bytes=100000-'])
    expect(server.requests[1]?.ifRange).toMatch(/^"[0-9a-f]{40}"$/)
  })

  it('starts anew when the server has another version than the one it began with', async () => {
    server.interceptions.set('/model.onnx', once(cutAfter(noise(300_000, 8), 100_000)))
    expect(await pulled()).toBe(sha256(model))
  })

  it('starts anew when the server knows no ranges', async () => {
    server.interceptions.set('/model.onnx', (request, response, count) => {
      if (count === 1) return cutAfter(model, 100_000)(request, response, count)
      response.writeHead(200, { 'content-length': model.byteLength }).end(model)
      return true
    })
    expect(await pulled()).toBe(sha256(model))
  })

  it('goes on where a pull that failed left off', async () => {
    server.interceptions.set('/model.onnx', (request, response, count) =>
      count === 1 ? cutAfter(model, 120_000)(request, response, count) : answer(503)(request, response, count),
    )
    await expect(pulled()).rejects.toMatchObject({ code: 'model_unavailable' })
    expect(await visible()).toEqual([])
    server.interceptions.clear()
    server.requests.length = 0
    expect(await pulled()).toBe(sha256(model))
    expect(server.requests.map((request) => request.range)).toEqual(['bytes=120000-'])
    expect((await filesBelow(options.cache)).filter((file) => file.endsWith('.part'))).toEqual([])
  })

  it('throws away a beginning that turns out to be of another file', async () => {
    const other = noise(300_000, 9)
    server.interceptions.set('/model.onnx', (request, response, count) =>
      count === 1 ? cutAfter(other, 120_000)(request, response, count) : answer(503)(request, response, count),
    )
    await expect(pulled()).rejects.toMatchObject({ code: 'model_unavailable' })
    server.interceptions.clear()
    server.requests.length = 0
    expect(await pulled()).toBe(sha256(model))
    expect(server.requests.map((request) => request.range)).toEqual(['bytes=120000-', null])
  })

  it('waits as long as Retry-After asks', async () => {
    server.interceptions.set('/model.onnx', once(answer(429, { 'retry-after': '1' })))
    expect(await pulled()).toBe(sha256(model))
    const [first, second] = server.requests
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990)
  })

  it.each([
    [401, /answered 401: a login is needed/, 1],
    [403, /answered 403: access is refused/, 1],
    [404, /answered 404: there is no such file/, 1],
    [429, /answered 429: too many requests \(tried 3 times\)/, 3],
    [502, /answered 502: the server failed \(tried 3 times\)/, 3],
  ])('says what %i means and asks again only where that may help', async (status, message, requests) => {
    server.interceptions.set('/model.onnx', answer(status))
    await expect(pulled()).rejects.toMatchObject({ code: 'model_unavailable', message: expect.stringMatching(message) })
    expect(server.requests).toHaveLength(requests)
    expect(await visible()).toEqual([])
  })

  it('gives up at once on a server that wants to be left alone for an hour', async () => {
    server.interceptions.set('/model.onnx', answer(429, { 'retry-after': '3600' }))
    await expect(pulled()).rejects.toThrow(/asks to come back in 3600 s/)
    expect(server.requests).toHaveLength(1)
  })

  it('counts a silent connection as cut', async () => {
    server.interceptions.set('/model.onnx', (_request, response, count) => {
      if (count > 1) return false
      response.writeHead(200, { 'content-length': model.byteLength })
      response.write(model.subarray(0, 50_000))
      return true
    })
    expect(await pulled(webEntry(), { retry: { ...retry, stallMs: 300 } })).toBe(sha256(model))
    expect(server.requests).toHaveLength(2)
  })

  it.each([
    ['bytes', noise(300_000, 10)],
    ['length', noise(299_999, 7)],
  ])('is refused and never visible when its %s are not the pinned ones', async (_what, wrong) => {
    server.files.set('/model.onnx', wrong)
    await expect(pulled()).rejects.toThrow(/No source gave model.onnx \(300000 bytes\)/)
    expect(await visible()).toEqual([])
  })

  it('comes from the next source when the first has something else', async () => {
    server.files.set('/wrong.onnx', noise(300_000, 11))
    const sources = [`${server.url}/gone.onnx`, `${server.url}/wrong.onnx`, `${server.url}/model.onnx`]
    expect(await pulled(entryOf({ 'model.onnx': { bytes: model, sources } }))).toBe(sha256(model))
    expect(paths()).toEqual(['/gone.onnx', '/wrong.onnx', '/model.onnx'])
  })

  it('stops when the signal fires, and can be continued', async () => {
    const stop = new AbortController()
    server.interceptions.set('/model.onnx', (_request, response) => {
      response.writeHead(200, { 'content-length': model.byteLength })
      response.write(model.subarray(0, 50_000))
      return true
    })
    const pulling = pulled(webEntry(), { signal: stop.signal, onProgress: () => stop.abort() })
    await expect(pulling).rejects.toMatchObject({ code: 'aborted' })
    expect(await visible()).toEqual([])
    server.interceptions.clear()
    expect(await pulled()).toBe(sha256(model))
    expect(server.requests.at(-1)?.range).toMatch(/^bytes=\d+-$/)
  })
})

describe('a model file from the hub', () => {
  const hubEntry = () => entryOf({ 'model.onnx': { bytes: model, sources: ['hf:owner/repo@main/onnx/model.onnx'] } })
  const hubPath = '/owner/repo/resolve/main/onnx/model.onnx'

  it('is found through redirects; the token stays with the endpoint', async () => {
    server.interceptions.set(hubPath, answer(302, { location: '/here' }))
    server.interceptions.set('/here', answer(307, { location: `${server.otherUrl}/model.onnx` }))
    expect(await pulled(hubEntry(), { hubToken: 'secret' })).toBe(sha256(model))
    expect(server.requests.map(({ path, authorization }) => [path, authorization])).toEqual([
      [hubPath, 'Bearer secret'],
      ['/here', 'Bearer secret'],
      ['/model.onnx', null],
    ])
  })

  it('does not follow redirects for ever', async () => {
    server.interceptions.set(hubPath, answer(302, { location: hubPath }))
    await expect(pulled(hubEntry())).rejects.toThrow(/redirects more than 10 times/)
  })

  it('never shows the token in an error', async () => {
    server.interceptions.set(hubPath, answer(401))
    const error = await pulled(hubEntry(), { hubToken: 'secret' }).catch((thrown: unknown) => thrown)
    expect(JSON.stringify(error) + String(error)).not.toContain('secret')
  })
})

describe('the cache', () => {
  it('is filled by two pulls at once without either disturbing the other', async () => {
    const [left, right] = await Promise.all([pulled(), pulled()])
    expect(left).toBe(sha256(model))
    expect(right).toBe(sha256(model))
    expect(await filesBelow(options.cache)).toHaveLength(2)
  })

  it('tells what is missing and what was changed, and repairs it', async () => {
    const entry = webEntry()
    expect(await verifyEntry(entry, options)).toMatchObject([{ file: 'model.onnx', state: 'missing' }])
    const path = (await pullEntry(entry, options)).get('model.onnx') ?? ''
    expect(await verifyEntry(entry, options)).toMatchObject([{ state: 'ok', path }])

    // The same length and time of change: only hashing finds it.
    const { atime, mtime } = await stat(path)
    await writeFile(path, noise(300_000, 12))
    await utimes(path, atime, mtime)
    expect(await verifyEntry(entry, options)).toMatchObject([{ state: 'corrupt' }])

    await utimes(path, atime, new Date(mtime.getTime() + 5_000))
    expect(await pulled(entry)).toBe(sha256(model))
    expect(await verifyEntry(entry, options)).toMatchObject([{ state: 'ok' }])
  })

  it('hashes a file without a stamp instead of asking for it again', async () => {
    const path = (await pullEntry(webEntry(), options)).get('model.onnx') ?? ''
    await rm(`${path}.verified`)
    await server.close()
    expect(await pulled()).toBe(sha256(model))
  })
})
