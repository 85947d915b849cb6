import type { TableDefinition } from '../../schemas/tables.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { decodeTable } from './decode-table.js'
import { encodeTable, type TableMetadata } from './encode-table.js'

/** Writes a table as one object, visible whole or not at all. */
export async function writeTable<Row extends { image_id: string }>(
  store: ObjectStore,
  key: string,
  table: TableDefinition<Row>,
  rows: readonly Row[],
  options: StoreOptions & { metadata?: TableMetadata } = {},
): Promise<void> {
  const { metadata = {}, ...storeOptions } = options
  await store.put(key, encodeTable(table, rows, { metadata }), storeOptions)
}

/** The rows of a table's object, by image_id. Throws FldError `store_missing` and `store_corrupt`, naming the key. */
export async function readTable<Row extends { image_id: string }>(
  store: ObjectStore,
  key: string,
  table: TableDefinition<Row>,
  options: StoreOptions = {},
): Promise<Row[]> {
  return decodeTable(table, await store.get(key, options), { source: `${store.uri}: ${key}` })
}
