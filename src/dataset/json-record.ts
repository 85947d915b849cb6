import { z } from 'zod'
import { errorMessage, FldError } from '../../schemas/errors.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'

/**
 * A JSON record of the store, checked against its schema. Throws FldError `store_missing` when the key is not there and
 * `store_corrupt`, naming the key and what is wrong with it, when it does not hold such a record.
 */
export async function readJson<Schema extends z.ZodType>(
  store: ObjectStore,
  key: string,
  schema: Schema,
  options: StoreOptions = {},
): Promise<z.output<Schema>> {
  return parseRecord(await store.get(key, options), schema, { where: `${store.uri}: ${key}`, key })
}

/** As `readJson`, of bytes that were read already. */
export function parseRecord<Schema extends z.ZodType>(
  bytes: Uint8Array,
  schema: Schema,
  { where, key }: { where: string; key: string },
): z.output<Schema> {
  const parsed = schema.safeParse(parseJson(bytes, where))
  if (parsed.success) return parsed.data
  throw new FldError('store_corrupt', `${where} is not the record it should be: ${z.prettifyError(parsed.error)}`, {
    cause: parsed.error,
    details: { key },
  })
}

/** As `readJson`; null when the key is not there. */
export async function readJsonIfPresent<Schema extends z.ZodType>(
  store: ObjectStore,
  key: string,
  schema: Schema,
  options: StoreOptions = {},
): Promise<z.output<Schema> | null> {
  try {
    return await readJson(store, key, schema, options)
  } catch (error) {
    if (error instanceof FldError && error.code === 'store_missing') return null
    throw error
  }
}

/** Writes or replaces a JSON record: indented, so that a person can read it in the store. */
export async function putJson(
  store: ObjectStore,
  key: string,
  record: object,
  options: StoreOptions = {},
): Promise<void> {
  await store.put(key, encodeJson(record), options)
}

/** Writes a JSON record unless the key is taken; true for exactly one of any number of concurrent writers. */
export async function putJsonIfAbsent(
  store: ObjectStore,
  key: string,
  record: object,
  options: StoreOptions = {},
): Promise<boolean> {
  return store.putIfAbsent(key, encodeJson(record), options)
}

/** Replaces a JSON record that still has the etag: see `replaceIf` of the store. */
export async function replaceJsonIf(
  store: ObjectStore,
  key: string,
  record: object,
  { etag, ...options }: StoreOptions & { etag: string },
): Promise<boolean> {
  return store.replaceIf(key, encodeJson(record), etag, options)
}

function encodeJson(record: object): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(record, null, 1)}\n`)
}

function parseJson(bytes: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new FldError('store_corrupt', `${where} is not JSON: ${errorMessage(cause)}`, { cause })
  }
}
