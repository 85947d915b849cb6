import { type FileMetaData, parquetMetadataAsync } from 'hyparquet'
import { z } from 'zod'
import { errorMessage, FldError } from '../../schemas/errors.js'
import { providerSchema } from '../../schemas/pack.js'
import { type ObservationRow, observationTable } from '../../schemas/tables.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import type { TableMetadata } from './encode-table.js'
import { readTable } from './table-file.js'

/** What it took to make the observations of one shard, when they were made: a run that reuses them spends nothing. */
const observationCostSchema = z.object({
  /** Wall-clock time of annotating, decoding of pixels included, loading of models not: other jobs may have run beside it. */
  seconds: z.number().nonnegative(),
  images: z.number().int().nonnegative(),
  /** What computed the models. */
  provider: providerSchema,
  /** Cores that the process had. */
  cpus: z.number().int().positive(),
})
export type ObservationCost = z.infer<typeof observationCostSchema>

/** An observation file as its footer tells of it. */
export interface ObservationFooter {
  readonly bytes: number
  /** Rows by their kind, `none` (an image without observations) and `failure` among them. */
  readonly rows: Readonly<Record<string, number>>
  /** Null in files from before it was recorded, and for labels that came with the source. */
  readonly cost: ObservationCost | null
}

/** A footer of ours without statistics of many row groups fits in here: one request for most files. */
const footerBytes = 64 * 1024

const costKey = 'fld.cost'
const rowsKey = 'fld.rows_by_kind'

/** For the metadata of an observation file: what it took to make it. */
export function costMetadata(cost: ObservationCost): TableMetadata {
  return { [costKey]: JSON.stringify(cost) }
}

/** For the metadata of an observation file: how many rows it has of each kind. */
export function rowsMetadata(rows: readonly Pick<ObservationRow, 'kind'>[]): TableMetadata {
  return { [rowsKey]: JSON.stringify(countKinds(rows)) }
}

/**
 * Reads an observation file's footer, by range; null where there is no such file. Rows by kind of a file from before they
 * were recorded are counted in the file itself. Throws FldError `store_corrupt` naming the key.
 */
export async function readObservationFooter(
  store: ObjectStore,
  key: string,
  options: StoreOptions = {},
): Promise<ObservationFooter | null> {
  const info = await store.head(key, options)
  if (info === null) return null
  const { bytes } = info
  const said = keyValues(await readFooter(store, key, bytes, options))
  const cost = parseCost(said.get(costKey))
  const rows = parseRows(said.get(rowsKey)) ?? countKinds(await readTable(store, key, observationTable, options))
  return { bytes, rows, cost }
}

async function readFooter(
  store: ObjectStore,
  key: string,
  byteLength: number,
  options: StoreOptions,
): Promise<FileMetaData> {
  const slice = async (start: number, end = byteLength): Promise<ArrayBuffer> => {
    const bytes = await store.get(key, { ...options, range: { start, end } })
    return new Uint8Array(bytes).buffer
  }
  try {
    return await parquetMetadataAsync({ byteLength, slice }, { initialFetchSize: footerBytes })
  } catch (cause) {
    if (cause instanceof FldError) throw cause
    const message = `${store.uri}: ${key}: not a whole Parquet file: ${errorMessage(cause)}`
    throw new FldError('store_corrupt', message, { cause })
  }
}

function keyValues({ key_value_metadata = [] }: FileMetaData): Map<string, string> {
  return new Map(key_value_metadata.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value] as const])))
}

/** What is not told in the form that is written today counts as not told. */
function parseCost(text: string | undefined): ObservationCost | null {
  if (text === undefined) return null
  return observationCostSchema.safeParse(parseJson(text)).data ?? null
}

function parseRows(text: string | undefined): Record<string, number> | null {
  if (text === undefined) return null
  return z.record(z.string(), z.number().int().nonnegative()).safeParse(parseJson(text)).data ?? null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function countKinds(rows: readonly Pick<ObservationRow, 'kind'>[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const { kind } of rows) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}
