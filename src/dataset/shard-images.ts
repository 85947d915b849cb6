import { createHash } from 'node:crypto'
import { FldError } from '../../schemas/errors.js'
import type { ImageRecord } from '../../schemas/image.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { throwIfAborted } from '../storage/abort.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { readImageIndex } from './image-set.js'

/** The images of one shard and the way to their encoded bytes. */
export interface ShardImages {
  /** In the order of the tar, which is the order of the source. */
  readonly images: readonly ImageRecord[]
  /**
   * The encoded bytes of one of `images`: never write to them. Throws FldError `store_corrupt` where the tar does not
   * hold the image that the index names.
   */
  encoded(image: ImageRecord): Promise<Uint8Array>
}

/** A longer tar is read image by image instead of being held in memory. */
const defaultMaxTarBytes = 512 * 1024 * 1024

function lengthOf(images: readonly ImageRecord[]): number {
  return images.reduce((end, image) => Math.max(end, image.tar_offset + image.bytes), 0)
}

function checkBytes(bytes: Uint8Array, image: ImageRecord, where: string): Uint8Array {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 === image.sha256) return bytes
  throw new FldError('store_corrupt', `${where}: the bytes at ${image.tar_offset} are not image ${image.image_id}`, {
    details: { expected: image.sha256, found: sha256 },
  })
}

/**
 * Opens a shard for reading: its images and, on demand, their encoded bytes, each checked against its sha256. The tar is
 * fetched whole, once, at the first demand, and cut by the index; one of more than `maxTarBytes` is read by range.
 */
export async function readShardImages(
  store: ObjectStore,
  set: string,
  shard: string,
  { maxTarBytes = defaultMaxTarBytes, ...options }: StoreOptions & { maxTarBytes?: number } = {},
): Promise<ShardImages> {
  const images = await readImageIndex(store, set, shard, options)
  const key = storeLayout.imageTar(set, shard)
  const where = `${store.uri}: ${key}`
  const whole = lengthOf(images) <= maxTarBytes
  let tar: Promise<Uint8Array> | null = null

  function fetchTar(): Promise<Uint8Array> {
    tar ??= store.get(key, options).catch((error: unknown) => {
      // The next demand tries again.
      tar = null
      throw error
    })
    return tar
  }

  return {
    images,
    async encoded(image) {
      throwIfAborted(options.signal, `reading ${where}`)
      const start = image.tar_offset
      const end = start + image.bytes
      const bytes = whole
        ? (await fetchTar()).subarray(start, end)
        : await store.get(key, { ...options, range: { start, end } })
      return checkBytes(bytes, image, where)
    },
  }
}
