import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { storeLayout } from '../../schemas/store-layout.js'
import { readShardImages } from '../../src/dataset/shard-images.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { ingestAll, writePictures } from '../ingest/ingest-fixture.js'

let root: string
let store: ObjectStore
let set: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fld-test-'))
  store = await openStore(join(root, 'out'))
  await writePictures(join(root, 'photos'), 5)
  set = (await ingestAll(join(root, 'photos'), store)).set.set
})
afterEach(async () => {
  await store.close()
  await rm(root, { recursive: true })
})

describe('readShardImages', () => {
  it.each([undefined, 1])(
    'gives every image as it was in the source (whole tar up to %s bytes)',
    async (maxTarBytes) => {
      const shard = await readShardImages(store, set, '000000', maxTarBytes === undefined ? {} : { maxTarBytes })
      expect(shard.images.map(({ source }) => source).sort()).toEqual(shard.images.map(({ source }) => source))
      for (const image of [...shard.images].reverse()) {
        expect(Buffer.from(await shard.encoded(image))).toEqual(await readFile(image.source))
      }
    },
  )

  it('does not give the bytes of another image', async () => {
    const tar = join(root, 'out', storeLayout.imageTar(set, '000000'))
    const bytes = await readFile(tar)
    const [first] = (await readShardImages(store, set, '000000')).images
    if (first === undefined) throw new Error('the shard is empty')
    bytes[first.tar_offset + 100] = (bytes[first.tar_offset + 100] ?? 0) ^ 1
    await writeFile(tar, bytes)
    const shard = await readShardImages(store, set, '000000')
    await expect(shard.encoded(first)).rejects.toMatchObject({
      code: 'store_corrupt',
      message: expect.stringContaining(`${storeLayout.imageTar(set, '000000')}: the bytes at ${first.tar_offset}`),
    })
  })

  it('says which object is missing, and tries again at the next demand', async () => {
    const shard = await readShardImages(store, set, '000000')
    const [first] = shard.images
    if (first === undefined) throw new Error('the shard is empty')
    const key = storeLayout.imageTar(set, '000000')
    const tar = await store.get(key)
    await store.delete([key])
    await expect(shard.encoded(first)).rejects.toMatchObject({ code: 'store_missing' })
    await store.put(key, tar)
    expect((await shard.encoded(first)).length).toBe(first.bytes)
    await expect(readShardImages(store, set, '000009')).rejects.toMatchObject({ code: 'store_missing' })
  })
})
