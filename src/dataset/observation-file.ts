import type { ImageObservations } from '../../schemas/observation.js'
import { observationTable } from '../../schemas/tables.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import type { TableMetadata } from './encode-table.js'
import { rowsMetadata } from './observation-footer.js'
import { imagesOfRows, observationRows } from './observation-rows.js'
import { readTable, writeTable } from './table-file.js'

/**
 * Writes what one annotator said about the images of one shard, as one object that is visible whole or not at all.
 * `metadata` goes into the file's key-value metadata (annotator, digest, set, cost), beside the rows by kind.
 */
export async function writeObservations(
  store: ObjectStore,
  key: string,
  images: readonly ImageObservations[],
  options: StoreOptions & { metadata?: TableMetadata } = {},
): Promise<void> {
  const rows = observationRows(images)
  const metadata = { ...options.metadata, ...rowsMetadata(rows) }
  await writeTable(store, key, observationTable, rows, { ...options, metadata })
}

/**
 * What `writeObservations` wrote: the images by image_id, each with its observations in the annotator's order. An
 * image with an empty list was seen and has nothing; one with a failure could not be processed; one that is not here
 * was not shown.
 */
export async function readObservations(
  store: ObjectStore,
  key: string,
  options: StoreOptions = {},
): Promise<ImageObservations[]> {
  return imagesOfRows(await readTable(store, key, observationTable, options), `${store.uri}: ${key}`)
}

/** Whether an annotator's observations of a shard are there, and so need not be computed again. */
export async function observationsExist(store: ObjectStore, key: string, options: StoreOptions = {}): Promise<boolean> {
  return (await store.head(key, options)) !== null
}
