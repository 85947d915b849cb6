import { FldError } from '../../schemas/errors.js'
import type { ImageObservations } from '../../schemas/observation.js'
import { observationTable } from '../../schemas/tables.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { encodeTable, type TableMetadata } from './encode-table.js'
import { costMetadata, type ObservationCost, readObservationFooter, rowsMetadata } from './observation-footer.js'
import { imagesOfRows, observationRows } from './observation-rows.js'
import { readTable } from './table-file.js'

/**
 * Writes what one annotator said about the images of one shard, as one object that is visible whole or not at all, unless
 * it is there: a worker that was taken for dead and wakes up late overwrites nothing.
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
  const { metadata: _, ...storeOptions } = options
  await store.putIfAbsent(key, encodeTable(observationTable, rows, { metadata }), storeOptions)
}

/**
 * Puts what an annotator says now of some images in the place of what it said of them, and adds the cost to that of the
 * others. Throws FldError `run_conflict` when the object is another by now than the one with `etag`.
 */
export async function replaceObservations(
  store: ObjectStore,
  key: string,
  again: readonly ImageObservations[],
  { etag, cost, metadata, ...options }: StoreOptions & { etag: string; cost: ObservationCost; metadata: TableMetadata },
): Promise<void> {
  const footer = await readObservationFooter(store, key, options)
  const newer = new Map(again.map((image) => [image.image_id, image]))
  const before = await readObservations(store, key, options)
  const rows = observationRows(before.map((image) => newer.get(image.image_id) ?? image))
  const costs = footer?.cost ? costMetadata(addedCost(footer.cost, cost)) : {}
  const body = encodeTable(observationTable, rows, { metadata: { ...metadata, ...costs, ...rowsMetadata(rows) } })
  if (await store.replaceIf(key, body, etag, options)) return
  throw new FldError('run_conflict', `${store.uri}: ${key} was replaced by somebody else meanwhile`)
}

function addedCost(before: ObservationCost, now: ObservationCost): ObservationCost {
  return { ...before, seconds: Number((before.seconds + now.seconds).toFixed(3)) }
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
