import { DuckDBInstance } from '@duckdb/node-api'
import { ParquetReader } from 'parquetjs'
import type { TableDefinition } from '../../schemas/tables.js'
import { type Column, columnsOf } from '../../src/dataset/parquet-schema.js'

/** A reader of Parquet files that shares no code with the writer: all rows of a file, in its order. */
export type IndependentReader = <Row extends object>(path: string, table: TableDefinition<Row>) => Promise<object[]>

/** DuckDB: its own C++ reader. */
export const readWithDuckdb: IndependentReader = async (path, table) => {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const reader = await connection.runAndReadAll(`select * from read_parquet('${path}')`)
    return reader.getRowObjectsJS().map((row) => plainRow(columnsOf(table), row, (value) => value))
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** parquetjs (the maintained fork): shows the three levels of a list as they are. */
export const readWithParquetjs: IndependentReader = async (path, table) => {
  const reader = await ParquetReader.openFile(path)
  const columns = columnsOf(table)
  const rows: object[] = []
  try {
    const cursor = reader.getCursor()
    for (let row = await cursor.next(); row; row = await cursor.next()) {
      rows.push(plainRow(columns, row, elementsOfList))
    }
  } finally {
    await reader.close()
  }
  return rows
}

function elementsOfList(list: unknown): unknown {
  if (typeof list !== 'object' || list === null) return list
  const entries: unknown = Reflect.get(list, 'list')
  return Array.isArray(entries) ? entries.map((entry: object) => Reflect.get(entry, 'element')) : []
}

function plainRow(columns: readonly Column[], row: object, listOf: (value: unknown) => unknown): object {
  const unknownColumns = Object.keys(row).filter((key) => !columns.some(({ name }) => name === key))
  if (unknownColumns.length > 0) throw new Error(`columns of no table definition: ${unknownColumns.join(', ')}`)
  return Object.fromEntries(
    columns.map((column) => {
      const value: unknown = Reflect.get(row, column.name)
      return [column.name, plainCell(column.list ? listOf(value) : value)]
    }),
  )
}

/** Readers differ in what stands for null and for 64-bit integers; nothing else is made alike. */
function plainCell(value: unknown): unknown {
  if (value === undefined) return null
  if (typeof value === 'bigint') return Number(value)
  return Array.isArray(value) ? value.map(plainCell) : value
}
