import { randomUUID } from 'node:crypto'
import { ListMultipartUploadsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import type { S3Settings } from '../../src/storage/s3-settings.js'
import { createBucket, plainClient, type S3Connection, s3Connection } from '../servers/s3-connection.js'
import { describeConcurrency } from './concurrency-conformance.js'
import { describeObjects, type StorePlace } from './conformance.js'
import { bytesOf, collect, keysOf, refusedWith, text } from './store-expectations.js'

let connection: S3Connection
let bucket: string
beforeAll(async () => {
  connection = await s3Connection()
  bucket = await createBucket(connection)
})

function settings(changes: Partial<S3Settings> = {}): Partial<S3Settings> {
  const { endpoint, accessKeyId, secretAccessKey } = connection
  // Parts as small as S3 allows, so that 12 MiB take several.
  return { endpoint, credentials: { accessKeyId, secretAccessKey }, partBytes: 5 * 1024 * 1024, ...changes }
}

async function newPrefix(): Promise<StorePlace> {
  const location = `s3://${bucket}/${randomUUID()}`
  return { open: () => openStore(location, { s3: settings() }), remove: async () => undefined }
}

describeObjects('s3', newPrefix)
describeConcurrency('s3', newPrefix)

describe('s3: places', () => {
  it('keeps to its prefix', async () => {
    const open = (prefix: string) => openStore(`s3://${bucket}${prefix}`, { s3: settings() })
    const root = `/${randomUUID()}`
    const [outer, inner, sibling] = await Promise.all([open(root), open(`${root}/in/`), open(`${root}/in2`)])
    await inner.put('object', bytesOf('inner'))
    await sibling.put('object', bytesOf('sibling'))
    expect(await keysOf(inner.list(''))).toEqual(['object'])
    expect(await keysOf(outer.list(''))).toEqual(['in/object', 'in2/object'])
    expect(text(await outer.get('in2/object'))).toBe('sibling')
    expect(inner.uri).toBe(`s3://${bucket}${root}/in`)
    // As a console's "new folder" leaves it.
    const client = plainClient(connection)
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${root.slice(1)}/in/` }))
    client.destroy()
    expect(await keysOf(inner.list(''))).toEqual(['object'])
    await sibling.delete(['object'])
    expect(text(await inner.get('object'))).toBe('inner')
  })

  it('leaves no parts of a stopped upload at the server', async () => {
    const store = await openStore(`s3://${bucket}/${randomUUID()}`, { s3: settings() })
    const stop = new AbortController()
    async function* body() {
      for (let piece = 0; piece < 20; piece++) {
        if (piece === 17) stop.abort()
        yield Buffer.alloc(1024 * 1024)
      }
    }
    await refusedWith('aborted', store.putStream('stopped', body(), { signal: stop.signal }))
    const client = plainClient(connection)
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
    client.destroy()
    expect(Uploads).toEqual([])
  })
})

describe('s3: errors that say what to do', () => {
  const everyCall: Record<string, (store: ObjectStore) => Promise<unknown>> = {
    put: (store) => store.put('key', bytesOf('x')),
    putStream: (store) => store.putStream('key', largeBody()),
    putIfAbsent: (store) => store.putIfAbsent('key', bytesOf('x')),
    replaceIf: (store) => store.replaceIf('key', bytesOf('x'), 'etag'),
    get: (store) => store.get('key'),
    stream: (store) => collect(store.stream('key')),
    head: (store) => store.head('key'),
    list: (store) => keysOf(store.list('')),
    delete: (store) => store.delete(['key']),
  }

  it.each(Object.keys(everyCall))('names a missing bucket (%s)', async (call) => {
    const store = await openStore('s3://no-such-bucket/prefix', { s3: settings() })
    const error = await refusedWith('config_invalid', Promise.resolve(everyCall[call]?.(store)))
    expect(error.message).toContain('bucket "no-such-bucket" does not exist')
    expect(error.message).toContain(connection.endpoint)
  })

  it.each(Object.keys(everyCall))('names wrong credentials, and no secret (%s)', async (call) => {
    const { accessKeyId, secretAccessKey } = connection
    const wrong = [
      { accessKeyId: 'nobody', secretAccessKey },
      { accessKeyId, secretAccessKey: 'not-the-secret' },
    ]
    for (const credentials of wrong) {
      const store = await openStore(`s3://${bucket}`, { s3: settings({ credentials }) })
      const error = await refusedWith('store_denied', Promise.resolve(everyCall[call]?.(store)))
      expect(error.message).toContain(bucket)
      // The answer to a HEAD has no body to say why.
      if (call !== 'head') expect(error.message).toContain('AWS_ACCESS_KEY_ID')
      const everything = `${error.stack} ${JSON.stringify(error.details)} ${JSON.stringify(error.cause)} ${error.cause}`
      expect(everything).not.toContain(credentials.secretAccessKey)
    }
  })

  it.each(Object.keys(everyCall))('names a missing permission (%s)', async (call) => {
    const store = await openStore(`s3://${bucket}`, { s3: settings({ credentials: connection.stranger }) })
    const error = await refusedWith('store_denied', Promise.resolve(everyCall[call]?.(store)))
    expect(error.message).toContain(`on bucket "${bucket}"`)
    expect(error.message).toContain('s3:ListBucket')
  })

  it('names an endpoint that does not answer', async () => {
    const s3 = settings({ endpoint: 'http://127.0.0.1:9', maxAttempts: 2 })
    const store = await openStore(`s3://${bucket}`, { s3 })
    const error = await refusedWith('store_unavailable', store.get('key'))
    expect(error.message).toContain('http://127.0.0.1:9')
    expect(error.message).toContain('AWS_ENDPOINT_URL_S3')
    expect(error.message).toContain('after 2 tries')
  })

  it('reports the keys that were not deleted', async () => {
    const store = await openStore(`s3://${bucket}`, { s3: settings() })
    await store.put('protected', bytesOf('x'))
    const other = await openStore(`s3://${bucket}`, { s3: settings({ credentials: connection.stranger }) })
    await refusedWith('store_denied', other.delete(['protected']))
    expect(text(await store.get('protected'))).toBe('x')
  })
})

async function* largeBody(): AsyncGenerator<Uint8Array> {
  for (let piece = 0; piece < 6; piece++) yield Buffer.alloc(1024 * 1024)
}
