import { type FileMetaData, parquetMetadata, parquetRead, type SchemaElement } from 'hyparquet'
import { errorMessage, FldError } from '../../schemas/errors.js'
import { type TableDefinition, tablesVersion } from '../../schemas/tables.js'
import { type Column, columnsOf, parquetSchemaOf } from './parquet-schema.js'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
// The reader's own decoder would drop a byte order mark at the start of a text.
const parsers = { stringFromBytes: (bytes: Uint8Array | undefined) => bytes && utf8.decode(bytes) }

/**
 * The rows of a file that `encodeTable` wrote, in the file's order: by image_id. The file's own schema is compared with
 * the table's, which is why single cells need no check; a nullable column that the file was written without is null. Throws
 * FldError `store_corrupt` naming `source` when the bytes are no Parquet file, are damaged, or hold another table or version.
 */
export async function decodeTable<Row extends { image_id: string }>(
  table: TableDefinition<Row>,
  bytes: Uint8Array,
  options: { source?: string } = {},
): Promise<Row[]> {
  const source = options.source ?? `${table.name} table`
  const file = toArrayBuffer(bytes)
  const columns = columnsOf(table)
  const metadata = await corruptOnError(source, () => parquetMetadata(file))
  checkTable(table.name, columns, metadata, source)
  const filled = columns.filter((column) => !isEmpty(column, metadata))
  const records = await corruptOnError(source, () => readRecords({ file, metadata, columns, filled }))
  for (const column of filled.filter((each) => each.list || each.scalar === 'int64')) {
    for (const record of records) record[column.name] = cellOf(column, record[column.name], source)
  }
  return records as Row[]
}

type TableRecord = Record<string, unknown>

interface RecordsToRead {
  readonly file: ArrayBuffer
  readonly metadata: FileMetaData
  readonly columns: readonly Column[]
  /** Those with any value that is not null: most kinds of observations fill a few of many columns. */
  readonly filled: readonly Column[]
}

async function readRecords({ file, metadata, columns, filled }: RecordsToRead): Promise<TableRecord[]> {
  const blank: TableRecord = Object.fromEntries(columns.map(({ name }) => [name, null]))
  const records = Array.from({ length: Number(metadata.num_rows) }, () => ({ ...blank }))
  await parquetRead({
    file,
    metadata,
    parsers,
    columns: filled.map(({ name }) => name),
    onChunk: ({ columnName, columnData, rowStart }) => {
      for (let at = 0; at < columnData.length; at++) {
        const record = records[rowStart + at]
        if (record !== undefined) record[columnName] = columnData[at]
      }
    },
  })
  return records
}

/**
 * Whether the file says that all cells of a column are null, or was written before there was such a column. Of lists the
 * sums do not tell those that are null from those that are empty.
 */
function isEmpty({ name, list }: Column, { row_groups }: FileMetaData): boolean {
  return row_groups.every((group) => {
    const chunks = group.columns.filter(({ meta_data }) => meta_data?.path_in_schema[0] === name)
    return (
      chunks.length === 0 ||
      (!list && chunks.every(({ meta_data }) => meta_data?.statistics?.null_count === meta_data?.num_values))
    )
  })
}

/** How many rows a Parquet file says it has. */
export function countRows(bytes: Uint8Array): number {
  return Number(parquetMetadata(toArrayBuffer(bytes)).num_rows)
}

function toArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength) return buffer
  return new Uint8Array(bytes).buffer
}

async function corruptOnError<T>(source: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    throw new FldError('store_corrupt', `${source}: not a whole Parquet file: ${errorMessage(cause)}`, { cause })
  }
}

function checkTable(name: string, columns: readonly Column[], metadata: FileMetaData, source: string): void {
  const keys = new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value]))
  const version = keys.get('fld.tables_version')
  if (keys.get('fld.table') !== name || version !== String(tablesVersion)) {
    const found = `table ${keys.get('fld.table') ?? 'unnamed'} of version ${version ?? 'unknown'}`
    throw new FldError('store_corrupt', `${source}: holds ${found}; expected is ${name} of version ${tablesVersion}`)
  }
  const found = metadata.schema.map(describeElement).join('; ')
  const there = new Set(metadata.schema.map((element) => element.name))
  const written = columns.filter((column) => there.has(column.name) || !column.nullable)
  const expected = parquetSchemaOf(written).map(describeElement).join('; ')
  if (found !== expected) {
    throw new FldError('store_corrupt', `${source}: its columns are not those of table ${name}`, {
      details: { found, expected },
    })
  }
}

function describeElement(element: SchemaElement): string {
  const { name, type, converted_type, repetition_type, num_children } = element
  return [name, type, converted_type, repetition_type, num_children].filter((part) => part !== undefined).join(' ')
}

/** The reader gives bigints for int64, and undefined where a list is null. */
function cellOf(column: Column, value: unknown, source: string): unknown {
  if (value === undefined) return null
  if (column.scalar !== 'int64') return value
  return Array.isArray(value)
    ? value.map((element) => safeInteger(element, source, column.name))
    : safeInteger(value, source, column.name)
}

function safeInteger(value: unknown, source: string, column: string): unknown {
  if (value === null || Number.isSafeInteger(Number(value))) return value === null ? null : Number(value)
  throw new FldError('store_corrupt', `${source}: column ${column} holds ${value}, beyond 2^53 - 1`)
}
