import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkStore } from '../../src/storage/check-store.js'
import { FileStore } from '../../src/storage/file-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { createBucket, s3Connection } from '../servers/s3-connection.js'
import { keysOf, refusedWith } from './store-expectations.js'

const names = [
  'write',
  'read',
  'read a range',
  'list',
  'second write is refused',
  'one of concurrent writers wins',
  'late replacement is refused',
  'one of concurrent replacements wins',
  'delete',
]

/** As a server that ignores If-None-Match and If-Match: every writer is told that it won. */
class LenientStore extends FileStore {
  override async putIfAbsent(key: string, body: Uint8Array): Promise<boolean> {
    await this.put(key, body)
    return true
  }

  override async replaceIf(key: string, body: Uint8Array): Promise<boolean> {
    await this.put(key, body)
    return true
  }
}

describe('checkStore', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fld-check-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('passes a folder, and leaves nothing in it', async () => {
    const store = new FileStore(folder)
    const results = await checkStore(store)
    expect(results.map(({ check }) => check)).toEqual(names)
    expect(results.filter(({ ok, fix }) => !ok || fix !== '')).toEqual([])
    await store.close()
    expect(await readdir(folder)).toEqual([])
  })

  it('passes a real S3 server, and leaves nothing in the bucket', async () => {
    const connection = await s3Connection()
    const { endpoint, accessKeyId, secretAccessKey } = connection
    const credentials = { accessKeyId, secretAccessKey }
    const bucket = await createBucket(connection)
    const store = await openStore(`s3://${bucket}/dataset`, { s3: { endpoint, credentials } })
    expect((await checkStore(store)).filter(({ ok }) => !ok)).toEqual([])
    expect(await keysOf(store.list(''))).toEqual([])
    await store.close()
  })

  it('refuses a store that lets two writers win', async () => {
    const results = await checkStore(new LenientStore(folder))
    const failed = results.filter(({ ok }) => !ok)
    expect(failed.map(({ check }) => check)).toEqual([
      'second write is refused',
      'one of concurrent writers wins',
      'late replacement is refused',
      'one of concurrent replacements wins',
    ])
    expect(failed[1]?.detail).toContain('8 of 8 writers won')
    expect(failed[0]?.fix).toContain('Do not use this store')
  })

  it('shows all that is wrong with a bucket that is not there', async () => {
    const { endpoint, accessKeyId, secretAccessKey } = await s3Connection()
    const credentials = { accessKeyId, secretAccessKey }
    const store = await openStore('s3://no-such-bucket', { s3: { endpoint, credentials } })
    const results = await checkStore(store)
    expect(results.map(({ check }) => check)).toEqual(names)
    expect(results.every(({ ok, detail }) => !ok && detail.includes('"no-such-bucket" does not exist'))).toBe(true)
    await store.close()
  })

  it('stops when the signal fires', async () => {
    await refusedWith('aborted', checkStore(new FileStore(folder), { signal: AbortSignal.abort() }))
  })
})
