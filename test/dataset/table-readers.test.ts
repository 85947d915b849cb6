import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { annotationTableDefinitions, imageTable, observationTable, type TableDefinition } from '../../schemas/tables.js'
import { decodeTable } from '../../src/dataset/decode-table.js'
import { encodeTable } from '../../src/dataset/encode-table.js'
import { type IndependentReader, readWithDuckdb, readWithParquetjs } from './independent-readers.js'
import { arbitraryRows, byImage, edgeRows } from './table-rows.js'

let folder = ''
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-tables-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A new name for every file: DuckDB keeps the content of a path it has read. */
async function fileOf(bytes: Uint8Array): Promise<string> {
  const path = join(folder, `${files++}.parquet`)
  await writeFile(path, bytes)
  return path
}

const independentReaders: [string, IndependentReader][] = [
  ['DuckDB', readWithDuckdb],
  ['parquetjs', readWithParquetjs],
]

function describeTable<Row extends { image_id: string }>(table: TableDefinition<Row>): void {
  describe(`table ${table.name}`, () => {
    const sets: [string, Row[]][] = [
      ['edge values', edgeRows(table)],
      ['no rows', []],
      ['one row', edgeRows(table).slice(0, 1)],
      ['several row groups', Array.from({ length: 300 }, () => edgeRows(table).slice(0, 9)).flat()],
    ]
    test.each(sets)('hyparquet reads what was written: %s', async (_name, rows) => {
      expect(await decodeTable(table, encodeTable(table, rows))).toStrictEqual(byImage(rows))
    })
    describe.each(independentReaders)('%s', (_reader, read) => {
      test.each(sets)('reads the same values: %s', async (_name, rows) => {
        expect(await read(await fileOf(encodeTable(table, rows)), table)).toStrictEqual(byImage(rows))
      })
    })
    test('any rows come back, the same rows give the same bytes', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryRows(table), async (rows) => {
          const bytes = encodeTable(table, rows)
          expect(await decodeTable(table, bytes)).toStrictEqual(byImage(rows))
          expect(Buffer.from(encodeTable(table, rows)).equals(bytes)).toBe(true)
        }),
        { numRuns: 60 },
      )
    })
    test('any rows come back through DuckDB and parquetjs', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryRows(table), async (rows) => {
          const path = await fileOf(encodeTable(table, rows))
          for (const [, read] of independentReaders) expect(await read(path, table)).toStrictEqual(byImage(rows))
        }),
        { numRuns: 10 },
      )
    })
  })
}

describeTable(imageTable)
describeTable(annotationTableDefinitions.text)
describeTable(annotationTableDefinitions.region_text)
describeTable(annotationTableDefinitions.phrase_region)
describeTable(annotationTableDefinitions.rejects)
describeTable(observationTable)
