import { randomUUID } from 'node:crypto'
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import type { S3Settings } from '../../src/storage/s3-settings.js'
import { type Fault, type FaultProxy, startFaultProxy } from '../servers/fault-proxy.js'
import { createBucket, plainClient, type S3Connection, s3Connection } from '../servers/s3-connection.js'
import { bytesOf, collect, keysOf, refusedWith, text } from './store-expectations.js'

const mebibyte = 1024 * 1024
const unavailable: Fault = { kind: 'status', status: 503, code: 'ServiceUnavailable' }
const reset: Fault = { kind: 'reset' }

describe('s3 behind a bad network', () => {
  let connection: S3Connection
  let bucket: string
  let proxy: FaultProxy
  let location: string
  /** Goes through the proxy. */
  let store: ObjectStore
  /** Goes to the server itself. */
  let direct: ObjectStore

  beforeAll(async () => {
    connection = await s3Connection()
    bucket = await createBucket(connection)
    proxy = await startFaultProxy(connection.endpoint)
  })
  afterAll(() => proxy.close())
  beforeEach(async () => {
    proxy.use(() => null)
    location = `s3://${bucket}/${randomUUID()}`
    store = await open()
    direct = await open({ endpoint: connection.endpoint })
  })

  function open(changes: Partial<S3Settings> = {}): Promise<ObjectStore> {
    const { accessKeyId, secretAccessKey } = connection
    const credentials = { accessKeyId, secretAccessKey }
    return openStore(location, { s3: { endpoint: proxy.endpoint, credentials, partBytes: 5 * mebibyte, ...changes } })
  }

  const inTurn: [string, Fault[]][] = [
    ['503', [unavailable, unavailable]],
    ['500', [{ kind: 'status', status: 500, code: 'InternalError' }]],
    ['429', [{ kind: 'status', status: 429, code: 'TooManyRequestsException' }]],
    ['resets', [reset, reset]],
    ['lost answers', [{ kind: 'lose-answer' }]],
    ['a reset, then a 503', [reset, unavailable]],
  ]
  it.each(inTurn)('repeats every request after %s', async (_name, faults) => {
    await direct.put('key', bytesOf('before'))
    const afterFaults = async <T>(work: () => Promise<T>): Promise<T> => {
      proxy.use((_request, index) => faults[index] ?? null)
      return work()
    }
    expect(text(await afterFaults(() => store.get('key')))).toBe('before')
    expect(Buffer.concat(await afterFaults(() => collect(store.stream('key')))).toString()).toBe('before')
    expect(await afterFaults(() => store.head('key'))).toMatchObject({ bytes: 6 })
    expect(await afterFaults(() => keysOf(store.list('')))).toEqual(['key'])
    await afterFaults(() => store.put('key', bytesOf('after')))
    expect(text(await direct.get('key'))).toBe('after')
    await afterFaults(() => store.delete(['key']))
    expect(await direct.head('key')).toBeNull()
    expect(await afterFaults(() => store.putIfAbsent('once', bytesOf('mine')))).toBe(true)
    expect(text(await direct.get('once'))).toBe('mine')
    expect(await afterFaults(() => store.putIfAbsent('once', bytesOf('again')))).toBe(false)
    const { etag = '' } = (await direct.head('once')) ?? {}
    expect(await afterFaults(() => store.replaceIf('once', bytesOf('replaced'), etag))).toBe(true)
    expect(text(await direct.get('once'))).toBe('replaced')
    expect(await afterFaults(() => store.replaceIf('once', bytesOf('too late'), etag))).toBe(false)
  })

  it('takes up a body where it was cut, several times', async () => {
    const body = randomBytes(3 * mebibyte)
    await direct.put('large', body)
    const cutEach: (index: number) => Fault | null = (index) => (index < 4 ? { kind: 'cut', bytes: 500_000 } : null)
    proxy.use((_request, index) => cutEach(index))
    expect(body.equals(await store.get('large'))).toBe(true)
    proxy.use((_request, index) => cutEach(index))
    expect(body.equals(Buffer.concat(await collect(store.stream('large'))))).toBe(true)
    proxy.use((_request, index) => cutEach(index))
    const range = { start: 10, end: 2 * mebibyte }
    expect(body.subarray(10, 2 * mebibyte).equals(await store.get('large', { range }))).toBe(true)
  })

  it('does not join two versions of an object into one', async () => {
    await direct.put('large', Buffer.alloc(3 * mebibyte, 'a'))
    proxy.use((_request, index) => (index === 0 ? { kind: 'cut', bytes: 500_000 } : null))
    const reading = async () => {
      let replaced = false
      for await (const _chunk of store.stream('large')) {
        if (!replaced) await direct.put('large', Buffer.alloc(3 * mebibyte, 'b'))
        replaced = true
      }
    }
    expect((await refusedWith('store_unavailable', reading())).message).toContain('was replaced while')
  })

  it('repeats a listing whose page was cut', async () => {
    const keys = Array.from({ length: 30 }, (_, index) => `key-${index + 10}`)
    await Promise.all(keys.map((key) => direct.put(key, bytesOf(key))))
    proxy.use((_request, index) => (index === 0 ? { kind: 'cut', bytes: 1000 } : null))
    expect(await keysOf(store.list(''))).toEqual(keys)
    expect(proxy.seen.at(-2)?.fault).toMatchObject({ kind: 'cut' })
  })

  it('uploads in parts through faults in every step', async () => {
    const body = randomBytes(12 * mebibyte)
    const faulty = new Set<string>()
    // Each step's first try fails: the answers of creating and completing are lost, the parts are refused or reset.
    proxy.use(({ method, url }) => {
      const step = `${method} ${url.replace(/uploadId=[^&]*/, 'uploadId')}`
      if (faulty.has(step)) return null
      faulty.add(step)
      if (method === 'POST') return { kind: 'lose-answer' }
      return url.includes('partNumber=2') ? reset : unavailable
    })
    const info = await store.put('parts', body.subarray(0))
    expect(info.bytes).toBe(body.length)
    const streamed = await store.putStream('streamed', inPieces(body))
    expect(streamed.etag).toMatch(/-3$/)
    expect(streamed).toEqual(await direct.head('streamed'))
    expect(body.equals(await direct.get('streamed'))).toBe(true)
    expect([...faulty].filter((step) => step.startsWith('POST')).length).toBeGreaterThanOrEqual(2)
  })

  it('gives an upload up when a part stays refused, and leaves nothing', async () => {
    const given = await open({ maxAttempts: 2 })
    proxy.use(({ url }) => (url.includes('partNumber=2') ? unavailable : null))
    const error = await refusedWith('store_unavailable', given.putStream('parts', inPieces(randomBytes(12 * mebibyte))))
    expect(error.message).toContain('503')
    expect(await direct.head('parts')).toBeNull()
    const client = plainClient(connection)
    const prefix = location.slice(`s3://${bucket}/`.length)
    const uploads = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }))
    client.destroy()
    expect(uploads.Uploads ?? []).toEqual([])
  })

  it('knows its own upload again when the server has forgotten it', async () => {
    const forgotten: Fault = { kind: 'status', status: 404, code: 'NoSuchUpload' }
    const completing = (faults: Fault[]) => {
      let tries = 0
      proxy.use(({ method, url }) => (method === 'POST' && url.includes('uploadId') ? (faults[tries++] ?? null) : null))
    }
    const body = randomBytes(6 * mebibyte)
    completing([{ kind: 'lose-answer' }, forgotten])
    expect(await store.putStream('upload', inPieces(body))).toEqual(await direct.head('upload'))
    // Something of another writer is there, but this upload never counted.
    completing([forgotten])
    const error = await refusedWith('store_unavailable', store.putStream('upload', inPieces(body)))
    expect(error.message).toContain('dropped the upload')
  })

  it('knows its own conditional write again when the answer was lost', async () => {
    proxy.use((_request, index) => (index === 0 ? { kind: 'lose-answer' } : null))
    expect(await store.putIfAbsent('commit', bytesOf('same content'))).toBe(true)
    // The same content by another writer is not ours.
    proxy.use((_request, index) => (index === 0 ? { kind: 'lose-answer' } : null))
    expect(await store.putIfAbsent('commit', bytesOf('same content'))).toBe(false)
  })

  it('lets one of 16 writers win, 20 times, while answers are lost', async () => {
    for (let round = 0; round < 20; round++) {
      const writers = Array.from({ length: 16 }, (_, writer) => `writer ${writer}`)
      // The first eight are done and not told; they ask again.
      proxy.use((_request, index) => (index < 8 ? { kind: 'lose-answer' } : null))
      const won = await Promise.all(writers.map((content) => store.putIfAbsent(`race-${round}`, bytesOf(content))))
      const winners = writers.filter((_, index) => won[index])
      expect(winners).toHaveLength(1)
      expect(text(await direct.get(`race-${round}`))).toBe(winners[0])
    }
  })

  it('knows its own replacement again when the answer was lost, and counts each of many once', async () => {
    await direct.put('counter', bytesOf('0'))
    proxy.use(({ method }, index) => (method === 'PUT' && index % 5 === 0 ? { kind: 'lose-answer' } : null))
    for (let round = 1; round <= 10; round++) {
      const etag = (await direct.head('counter'))?.etag ?? ''
      expect(await store.replaceIf('counter', bytesOf(String(round)), etag), `round ${round}`).toBe(true)
      expect(text(await direct.get('counter'))).toBe(String(round))
    }
    expect(proxy.seen.filter(({ fault }) => fault?.kind === 'lose-answer').length).toBeGreaterThan(0)
  })

  it('repeats a conditional write that the server could not decide', async () => {
    const undecided: Fault = { kind: 'status', status: 409, code: 'ConditionalRequestConflict' }
    proxy.use((_request, index) => (index < 2 ? undecided : null))
    expect(await store.putIfAbsent('commit', bytesOf('x'))).toBe(true)
    proxy.use((_request, index) => (index < 2 ? undecided : null))
    expect(await store.putIfAbsent('commit', bytesOf('y'))).toBe(false)
    const given = await open({ maxAttempts: 3 })
    proxy.use(() => undecided)
    await refusedWith('store_unavailable', given.putIfAbsent('other', bytesOf('z')))
  })

  it('leaves a server that hangs, and asks again', async () => {
    const impatient = await open({ idleTimeoutMs: 200 })
    await direct.put('key', bytesOf('x'))
    const never = new Promise(() => undefined)
    proxy.use((_request, index) => (index === 0 ? { kind: 'hold', until: never } : null))
    expect(text(await impatient.get('key'))).toBe('x')
  })

  it('gives up after so many tries, and says where and how often', async () => {
    const given = await open({ maxAttempts: 3 })
    const before = proxy.seen.length
    proxy.use(() => unavailable)
    const error = await refusedWith('store_unavailable', given.put('key', bytesOf('x')))
    expect(proxy.seen.length - before).toBe(3)
    expect(error.message).toContain(proxy.endpoint)
    expect(error.message).toContain('503 ServiceUnavailable after 3 tries')
    proxy.use(() => reset)
    await refusedWith('store_unavailable', given.get('key'))
    proxy.use(() => ({ kind: 'cut', bytes: 0 }))
    await direct.put('key', bytesOf('x'))
    await refusedWith('store_unavailable', given.get('key'))
  })

  it('does not repeat what will not get better', async () => {
    const before = proxy.seen.length
    await refusedWith('store_missing', store.get('absent'))
    expect(proxy.seen.length - before).toBe(1)
  })

  it('stops at once when the signal fires, in a request or between two', async () => {
    const stop = new AbortController()
    const never = new Promise(() => undefined)
    proxy.use(() => {
      stop.abort()
      return { kind: 'hold', until: never }
    })
    await refusedWith('aborted', store.get('key', { signal: stop.signal }))
    const stopLater = new AbortController()
    const before = proxy.seen.length
    proxy.use(() => {
      setImmediate(() => stopLater.abort())
      return unavailable
    })
    await refusedWith('aborted', store.put('key', bytesOf('x'), { signal: stopLater.signal }))
    expect(proxy.seen.length - before).toBeLessThanOrEqual(2)
  })
})

/** Not all the same, so that a wrong piece shows. */
function randomBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let index = 0, state = 1; index < length; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[index] = state >>> 16
  }
  return bytes
}

async function* inPieces(body: Buffer): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < body.length; start += 700_001) yield body.subarray(start, start + 700_001)
}
