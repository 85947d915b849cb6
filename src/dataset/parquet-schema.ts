import type { SchemaElement } from 'hyparquet'
import type { ColumnType, ScalarType, TableDefinition } from '../../schemas/tables.js'

/** A column of a table definition, taken apart. */
export interface Column {
  readonly name: string
  readonly scalar: ScalarType
  readonly list: boolean
  readonly nullable: boolean
}

/** The columns of a table in their order in the file. */
export function columnsOf<Row extends object>(table: TableDefinition<Row>): Column[] {
  return Object.entries<ColumnType>(table.columns).map(([name, type]) => parseColumn(name, type))
}

function parseColumn(name: string, type: ColumnType): Column {
  const nullable = type.endsWith('?')
  const list = type.includes('[]')
  return { name, scalar: scalarOf(type.replace(/\[\]|\?/g, '')), list, nullable }
}

const physicalTypes = {
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  json: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  boolean: { type: 'BOOLEAN' },
  int32: { type: 'INT32' },
  int64: { type: 'INT64' },
  double: { type: 'DOUBLE' },
} as const satisfies Record<ScalarType, Partial<SchemaElement>>

function scalarOf(name: string): ScalarType {
  const scalars = ['string', 'json', 'boolean', 'int32', 'int64', 'double'] as const
  for (const scalar of scalars) if (scalar === name) return scalar
  throw new TypeError(`no column type ${name}`)
}

/**
 * The Parquet schema of a table, depth first. Lists have the three levels of the format's LIST annotation
 * (parquet-format, LogicalTypes.md), which every reader takes for a list; their elements are never null.
 */
export function parquetSchemaOf(columns: readonly Column[]): SchemaElement[] {
  return [{ name: 'schema', num_children: columns.length }, ...columns.flatMap(schemaElements)]
}

function schemaElements({ name, scalar, list, nullable }: Column): SchemaElement[] {
  const repetition_type = nullable ? 'OPTIONAL' : 'REQUIRED'
  if (!list) return [{ name, ...physicalTypes[scalar], repetition_type }]
  return [
    { name, converted_type: 'LIST', repetition_type, num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', ...physicalTypes[scalar], repetition_type: 'REQUIRED' },
  ]
}
