import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readImageIndex } from '../../src/dataset/image-set.js'
import { readShardImages } from '../../src/dataset/shard-images.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { createBucket, s3Connection } from '../servers/s3-connection.js'
import { contentsOf, ingestAll, writePictures } from './ingest-fixture.js'
import { tarOf } from './sources/source-fixture.js'

let root: string
let bucket: string
let stores: (uri: string) => Promise<ObjectStore>
let photos: ObjectStore

beforeAll(async () => {
  const { endpoint, accessKeyId, secretAccessKey } = await s3Connection()
  const s3 = { endpoint, credentials: { accessKeyId, secretAccessKey } }
  stores = (uri) => openStore(uri, { s3 })
  bucket = await createBucket(await s3Connection())
  root = await mkdtemp(join(tmpdir(), 'fld-test-'))
  await writePictures(join(root, 'photos'), 6)
  photos = await stores(`s3://${bucket}/photos`)
  for (const name of await readdir(join(root, 'photos'), { recursive: true })) {
    if (name.includes('.')) await photos.put(name, await readFile(join(root, 'photos', name)))
  }
  await photos.put('.hidden/000.png', Buffer.from('x'))
  await photos.put('readme.txt', Buffer.from('ignored'))
  await photos.put('empty.txt', Buffer.alloc(0))
  const other = await stores(`s3://${bucket}`)
  await other.put('photos-of-others/x.png', Buffer.from('x'))
})
afterAll(async () => {
  await photos.close()
  await rm(root, { recursive: true })
})

const settings = { shard_size: 4 }

describe('ingest on S3', () => {
  it('packs a prefix into a bucket as it packs the folder into a folder', async () => {
    const out = await stores(`s3://${bucket}/photos/out-${randomUUID()}`)
    const remote = await ingestAll(`s3://${bucket}/photos/`, out, { settings, stores, set: 'same' })
    expect(remote.set).toMatchObject({ images: 6, ignored_files: 2, refused: {}, source: `s3://${bucket}/photos` })
    const folder = await openStore(join(root, 'out'))
    await ingestAll(join(root, 'photos'), folder, { settings, set: 'same' })
    const tars = (contents: Map<string, string>) => [...contents].filter(([key]) => key.endsWith('.tar'))
    expect(tars(await contentsOf(out))).toEqual(tars(await contentsOf(folder)))
    const [first] = await readImageIndex(out, 'same', '000000')
    expect(first?.source).toBe(`s3://${bucket}/photos/even/000.jpeg`)
    // Its own output lies under the prefix, and is not read.
    const again = await ingestAll(`s3://${bucket}/photos`, out, { settings, stores })
    expect(again.set).toMatchObject({ images: 6, ignored_files: 2 })
    await out.delete([...(await contentsOf(out)).keys()])
  })

  it('names another set when an object changes', async () => {
    const out = await stores(`s3://${bucket}/out-${randomUUID()}`)
    const nameOf = async () => (await ingestAll(`s3://${bucket}/photos`, out, { settings, stores })).set.set
    const name = await nameOf()
    expect(await nameOf()).toBe(name)
    await photos.put('readme.txt', Buffer.from('ignored still'))
    expect(await nameOf()).not.toBe(name)
  })

  it('reads lists and tars that lie in a bucket, and refuses what they may not name', async () => {
    const png = await photos.get('odd/001.png')
    await photos.put(
      'tars/p-0.tar',
      await tarOf([
        ['0.png', png],
        ['0.txt', 'a caption'],
      ]),
    )
    const lines = [
      'even/000.jpeg',
      `s3://${bucket}/photos/odd/003.tiff`,
      '/etc/hostname',
      '../secret.png',
      'missing.png',
      `${'k'.repeat(1100)}.png`,
      's3://x/no-bucket-has-this-name.png',
    ]
    await photos.put('list.txt', Buffer.from(lines.join('\n')))
    const out = await stores(`s3://${bucket}/out-${randomUUID()}`)
    const listed = await ingestAll(`s3://${bucket}/photos/list.txt`, out, { settings, stores })
    expect(listed.set).toMatchObject({ images: 2, refused: { source_denied: 3, source_missing: 2 } })
    for (const pattern of ['p-0.tar', 'p-{0..0}.tar', '*.tar']) {
      const packed = await ingestAll(`s3://${bucket}/photos/tars/${pattern}`, out, { settings, stores })
      expect(packed.set).toMatchObject({ images: 1, refused: {} })
      expect(packed.shards).toMatchObject([{ labelled_images: 1 }])
    }
    const absent = ingestAll(`s3://${bucket}/photos/absent.txt`, out, { settings, stores })
    await expect(absent).rejects.toMatchObject({ code: 'source_invalid' })
  })

  it('ends, to be continued, when the login is refused: that is no fault of the images', async () => {
    const { endpoint, accessKeyId } = await s3Connection()
    const denied = (uri: string) =>
      openStore(uri, { s3: { endpoint, credentials: { accessKeyId, secretAccessKey: 'wrong' } } })
    const out = await openStore(join(root, 'denied'))
    const list = join(root, 'list.txt')
    await writeFile(list, `s3://${bucket}/photos/even/000.jpeg`)
    await expect(ingestAll(list, out, { stores: denied, set: 'denied' })).rejects.toMatchObject({
      code: 'store_denied',
    })
    expect((await contentsOf(out)).size).toBe(0)
  })

  it('ends where the bucket is not on the server: the wrong server may be set', async () => {
    const out = await openStore(join(root, 'elsewhere'))
    const list = join(root, 'elsewhere.txt')
    await writeFile(list, `s3://${bucket}-elsewhere/a.jpg`)
    const ended = ingestAll(list, out, { stores, set: 'elsewhere' })
    await expect(ended).rejects.toMatchObject({ code: 'config_invalid' })
    expect((await contentsOf(out)).size).toBe(0)
  })

  it('gives the bytes of a shard, fetched whole or by range', async () => {
    const out = await stores(`s3://${bucket}/out-${randomUUID()}`)
    const { set } = await ingestAll(join(root, 'photos'), out, { settings })
    for (const maxTarBytes of [undefined, 1]) {
      const shard = await readShardImages(out, set.set, '000000', maxTarBytes === undefined ? {} : { maxTarBytes })
      expect(shard.images.length).toBe(4)
      for (const image of shard.images) {
        expect(Buffer.from(await shard.encoded(image))).toEqual(await readFile(image.source))
      }
    }
  })
})
