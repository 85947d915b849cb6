import { z } from 'zod'
import { type ImageRecord, type RefusedImage, refusedImageSchema } from '../../schemas/image.js'
import { type ImageSet, imageSetSchema } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { imageTable } from '../../schemas/tables.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { putJson, readJson, readJsonIfPresent } from './json-record.js'
import { readTable, writeTable } from './table-file.js'

/** Writes the images table of a shard beside its tar. */
export async function writeImageIndex(
  store: ObjectStore,
  set: string,
  shard: string,
  images: readonly ImageRecord[],
  options: StoreOptions = {},
): Promise<void> {
  await writeTable(store, storeLayout.imageIndex(set, shard), imageTable, images, {
    ...options,
    metadata: { 'fld.set': set, 'fld.shard': shard },
  })
}

/** The images of a shard in the order of its tar. */
export async function readImageIndex(
  store: ObjectStore,
  set: string,
  shard: string,
  options: StoreOptions = {},
): Promise<ImageRecord[]> {
  const images = await readTable(store, storeLayout.imageIndex(set, shard), imageTable, options)
  return images.sort((a, b) => a.tar_offset - b.tar_offset)
}

/** Writes what the shard's stretch of the source refused; an empty list is written too. */
export async function writeRefusedImages(
  store: ObjectStore,
  set: string,
  shard: string,
  refused: readonly RefusedImage[],
  options: StoreOptions = {},
): Promise<void> {
  await putJson(store, storeLayout.refusedImages(set, shard), refused, options)
}

/** What the shard's stretch of the source refused. */
export async function readRefusedImages(
  store: ObjectStore,
  set: string,
  shard: string,
  options: StoreOptions = {},
): Promise<RefusedImage[]> {
  return readJson(store, storeLayout.refusedImages(set, shard), z.array(refusedImageSchema), options)
}

/** Writes the record that says the set is complete: all its shards are there. */
export async function writeImageSet(store: ObjectStore, imageSet: ImageSet, options: StoreOptions = {}): Promise<void> {
  await putJson(store, storeLayout.imageSet(imageSet.set), imageSet, options)
}

/** The record of a complete set; null while ingest has not finished it. */
export async function readImageSet(
  store: ObjectStore,
  set: string,
  options: StoreOptions = {},
): Promise<ImageSet | null> {
  return readJsonIfPresent(store, storeLayout.imageSet(set), imageSetSchema, options)
}
