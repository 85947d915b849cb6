import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer'
import { compressSync } from 'snappy'
import { FldError } from '../../schemas/errors.js'
import { type TableDefinition, tablesVersion } from '../../schemas/tables.js'
import { type Column, columnsOf, parquetSchemaOf } from './parquet-schema.js'

/** Rows in a row group: small, so that a reader of one image skips most of a file and a writer's memory stays low. */
const rowGroupRows = 1_000

/** What a file says of itself, beside the table's name and version. */
export type TableMetadata = Readonly<Record<string, string>>

/**
 * A table as one Parquet file: snappy, row groups of 1,000 rows, sorted by image_id (rows of one image keep their
 * order), with statistics, so that a reader can skip what it does not want. The same rows give the same bytes.
 *
 * Nothing is altered on the way: a value that Parquet could only store changed (not finite, outside the column's
 * integers, text that is not valid Unicode) or that its column does not allow throws FldError `internal` naming
 * table, row and column.
 */
export function encodeTable<Row extends { image_id: string }>(
  table: TableDefinition<Row>,
  rows: readonly Row[],
  options: { metadata?: TableMetadata } = {},
): Uint8Array {
  const columns = columnsOf(table)
  const sorted = sortByImage(rows)
  const bytes = new ByteWriter()
  const writer = new ParquetWriter({
    writer: bytes,
    schema: parquetSchemaOf(columns),
    kvMetadata: keyValues({
      ...options.metadata,
      'fld.table': table.name,
      'fld.tables_version': String(tablesVersion),
    }),
    createdBy: 'fld',
    compressors: { SNAPPY: (bytes: Uint8Array) => compressSync(bytes) },
  })
  // Into memory: done when it returns.
  void writer.write({
    columnData: columns.map((column) => columnSource(table.name, column, sorted)),
    rowGroupSize: rowGroupRows,
  })
  const sorting_columns = [
    { column_idx: columns.findIndex(({ name }) => name === 'image_id'), descending: false, nulls_first: false },
  ]
  for (const group of writer.row_groups) group.sorting_columns = sorting_columns
  void writer.finish()
  return bytes.getBytes()
}

function sortByImage<Row extends { image_id: string }>(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => (a.image_id < b.image_id ? -1 : a.image_id > b.image_id ? 1 : 0))
}

function keyValues(metadata: TableMetadata): { key: string; value: string }[] {
  return Object.entries(metadata)
    .map(([key, value]) => ({ key, value }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** A dictionary would merge -0 with 0, and coordinates and scores seldom repeat; parquetjs reads no run lengths of booleans. */
function isPlain({ scalar }: Column): boolean {
  return scalar === 'double' || scalar === 'boolean' || scalar === 'json'
}

function columnSource<Row extends object>(table: string, column: Column, rows: readonly Row[]): ColumnSource {
  const data = rows.map((row, index) => {
    const value: unknown = Reflect.get(row, column.name)
    const cell = cellOf(column, value)
    if (cell === undefined) throw refused(column, value, `table ${table}, row ${index}, column ${column.name}`)
    return cell
  })
  const encoding = isPlain(column) ? { encoding: 'PLAIN' as const } : {}
  return { name: column.name, data, ...encoding, statistics: column.scalar !== 'json' }
}

type Scalar = string | number | bigint | boolean

/** Undefined for what cannot be stored. Called for every cell of a table: nothing is made for a message that nobody needs. */
function cellOf(column: Column, value: unknown): Scalar | Scalar[] | null | undefined {
  if (value === null && column.nullable) return null
  if (!column.list) return scalarCell(column, value)
  if (!Array.isArray(value)) return undefined
  const elements: Scalar[] = []
  for (const element of value) {
    const cell = scalarCell(column, element)
    if (cell === undefined) return undefined
    elements.push(cell)
  }
  return elements
}

function scalarCell(column: Column, value: unknown): Scalar | undefined {
  switch (column.scalar) {
    case 'string':
    case 'json':
      return typeof value === 'string' && !/\p{Surrogate}/u.test(value) ? value : undefined
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'double':
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined
    case 'int32':
      return Number.isInteger(value) && Math.abs(Number(value) + 0.5) < 2 ** 31 ? Number(value) : undefined
    case 'int64':
      return Number.isSafeInteger(value) ? BigInt(Number(value)) : undefined
  }
}

const allowed = {
  string: 'text of whole Unicode characters',
  json: 'text of whole Unicode characters',
  boolean: 'true or false',
  double: 'a finite number',
  int32: 'an integer of 32 bits',
  int64: 'an integer from -(2^53 - 1) to 2^53 - 1',
} as const

function refused(column: Column, value: unknown, cell: string): FldError {
  const elements: unknown[] | null = column.list && Array.isArray(value) ? value : null
  const index = elements?.findIndex((element) => scalarCell(column, element) === undefined) ?? -1
  const [found, where] = elements === null ? [value, cell] : [elements[index], `${cell}[${index}]`]
  const kind = column.list && elements === null ? 'a list' : allowed[column.scalar]
  const shown = typeof found === 'string' ? JSON.stringify(found.slice(0, 80)) : String(found)
  return new FldError(
    'internal',
    `${where}: ${shown} cannot be stored; allowed is ${kind}${column.nullable ? ' or null' : ''}`,
    {
      details: { where, value: shown },
    },
  )
}
