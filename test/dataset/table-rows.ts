import fc from 'fast-check'
import type { ScalarType, TableDefinition } from '../../schemas/tables.js'
import { type Column, columnsOf } from '../../src/dataset/parquet-schema.js'

const edgeTexts = [
  '',
  ' ',
  'a',
  '\u0000',
  'Ünïcödé 漢字 \u{1F415}\u200D\u{1F9BA}',
  'e\u0301',
  '"\\\n',
  'null',
  'x'.repeat(40_000),
]
const edgeScalars: Record<ScalarType, readonly (string | number | boolean)[]> = {
  string: edgeTexts,
  json: edgeTexts,
  boolean: [true, false],
  int32: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)],
  int64: [0, 1, -1, 2 ** 53 - 1, -(2 ** 53 - 1), 2 ** 32],
  double: [0, -0, 0.1, 1 / 3, Number.MIN_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE, 1e-300, 2 ** 53 + 2],
}

/** Rows that together hold every edge value of every column: in lists too, with null beside the empty list. */
export function edgeRows<Row extends { image_id: string }>(table: TableDefinition<Row>): Row[] {
  const columns = columnsOf(table)
  const cells = columns.map((column) => (column.name === 'image_id' ? ['b', 'a', 'c'] : edgeCells(column)))
  const count = Math.max(...cells.map((values) => values.length))
  return Array.from({ length: count }, (_, row) =>
    rowOf<Row>(columns, (_column, index) => cells[index]?.[row % (cells[index]?.length ?? 1)]),
  )
}

function edgeCells(column: Column): unknown[] {
  const scalars = edgeScalars[column.scalar]
  const values = column.list ? [[], [...scalars], ...scalars.map((scalar) => [scalar]), []] : [...scalars]
  return column.nullable ? [null, ...values, null] : values
}

/** Any rows of a table, several per image. */
export function arbitraryRows<Row extends { image_id: string }>(table: TableDefinition<Row>): fc.Arbitrary<Row[]> {
  const columns = columnsOf(table)
  const cells = fc.tuple(...columns.map(arbitraryCell))
  return fc.array(
    cells.map((values) => rowOf<Row>(columns, (_column, index) => values[index])),
    { maxLength: 30 },
  )
}

// DuckDB's JavaScript binding drops a byte order mark at the start of a text: that case has a test of its own.
const text = fc
  .oneof(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 12 }))
  .filter((value) => !value.startsWith('\uFEFF'))
const scalarArbitraries: Record<ScalarType, fc.Arbitrary<unknown>> = {
  string: text,
  json: text,
  boolean: fc.boolean(),
  int32: fc.integer(),
  int64: fc.maxSafeInteger(),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }),
}

function arbitraryCell(column: Column): fc.Arbitrary<unknown> {
  if (column.name === 'image_id') return fc.constantFrom('a0', 'a1', 'b0', 'c0')
  const scalar = scalarArbitraries[column.scalar]
  // Few distinct values, so that the writer's dictionary is used as well.
  const edges = fc.constantFrom(...edgeScalars[column.scalar].slice(0, 6))
  const value = fc.oneof(scalar, edges)
  const cell = column.list ? fc.array(value, { maxLength: 6 }) : value
  return column.nullable ? fc.option(cell, { nil: null }) : cell
}

function rowOf<Row extends object>(columns: readonly Column[], cell: (column: Column, index: number) => unknown): Row {
  const row: object = Object.fromEntries(columns.map((column, index) => [column.name, cell(column, index)]))
  return row as Row
}

/** Sorted as a table file is: by image_id, rows of one image in their order. */
export function byImage<Row extends { image_id: string }>(rows: readonly Row[]): Row[] {
  return [...new Set(rows.map(({ image_id }) => image_id))]
    .sort()
    .flatMap((image_id) => rows.filter((row) => row.image_id === image_id))
}
