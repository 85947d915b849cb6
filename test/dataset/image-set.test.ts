import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ImageRecord, RefusedImage } from '../../schemas/image.js'
import type { ImageSet } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import {
  readImageIndex,
  readImageSet,
  readRefusedImages,
  writeImageIndex,
  writeImageSet,
  writeRefusedImages,
} from '../../src/dataset/image-set.js'
import { openFolderStore, type TestStore } from './stores.js'

let opened: TestStore
beforeAll(async () => {
  opened = await openFolderStore()
})
afterAll(() => opened.remove())

function imageAt(tar_offset: number, image_id: string): ImageRecord {
  return {
    ...{ image_id, shard: '000000', source: `folder/${image_id}.jpg`, sha256: image_id.padEnd(64, '0') },
    ...{ phash: '0123456789abcdef', near_duplicate_of: null, width: 640, height: 480, format: 'jpeg' },
    ...{ bytes: 5_000_000_000, split: 'train', notes: ['CMYK'], tar_offset },
  }
}

test('the images of a shard come back in the order of the tar, not of their ids', async () => {
  const images = [imageAt(512, 'c'), imageAt(2 ** 40, 'a'), imageAt(2 ** 41, 'b')]
  await writeImageIndex(opened.store, 'photos', '000000', images)
  expect(await readImageIndex(opened.store, 'photos', '000000')).toStrictEqual(images)
})

test('refused images come back; a reason that there is not is corrupt', async () => {
  const refused: RefusedImage[] = [
    { source: 'folder/x.jpg', shard: '000000', reason: 'zero_bytes', detail: 'empty', sha256: null, bytes: 0 },
  ]
  await writeRefusedImages(opened.store, 'photos', '000000', refused)
  expect(await readRefusedImages(opened.store, 'photos', '000000')).toStrictEqual(refused)
  const key = storeLayout.refusedImages('photos', '000001')
  await opened.store.put(key, new TextEncoder().encode(JSON.stringify([{ ...refused[0], reason: 'ugly' }])))
  await expect(readRefusedImages(opened.store, 'photos', '000001')).rejects.toMatchObject({
    code: 'store_corrupt',
    message: expect.stringMatching(/000001\.refused\.json is not the record it should be: .*reason/s),
  })
})

test('a set is there once its record is written', async () => {
  const imageSet: ImageSet = {
    ...{ set: 'photos', source: '/photos', shard_size: 256, shards: 1, images: 3, refused: { zero_bytes: 1 } },
    ...{ near_duplicates: 0, ignored_files: 2, bytes: 15_000_000_000, label_digest: null },
  }
  expect(await readImageSet(opened.store, 'photos')).toBeNull()
  await writeImageSet(opened.store, imageSet)
  expect(await readImageSet(opened.store, 'photos')).toStrictEqual(imageSet)
})
