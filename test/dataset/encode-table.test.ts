import { parquetMetadata } from 'hyparquet'
import { describe, expect, test } from 'vitest'
import type { TextRow } from '../../schemas/annotation.js'
import type { FldError } from '../../schemas/errors.js'
import { annotationTableDefinitions, imageTable, observationTable } from '../../schemas/tables.js'
import { decodeTable } from '../../src/dataset/decode-table.js'
import { encodeTable } from '../../src/dataset/encode-table.js'
import { edgeRows } from './table-rows.js'

const textTable = annotationTableDefinitions.text
const [plainText] = edgeRows(textTable)
const [plainImage] = edgeRows(imageTable)
if (!plainText || !plainImage) throw new Error('edgeRows gives rows')

function metadataOf(bytes: Uint8Array) {
  return parquetMetadata(new Uint8Array(bytes).buffer)
}

describe('a value that would be altered is refused by table, row and column', () => {
  const refused: [string, object, RegExp][] = [
    [
      'NaN',
      { score: Number.NaN },
      /table text, row 1, column score: NaN cannot be stored; allowed is a finite number$/,
    ],
    ['infinity', { similarity: Number.POSITIVE_INFINITY }, /column similarity: Infinity .* finite number or null$/],
    ['a fraction in an integer column', { tokens: 1.5 }, /column tokens: 1.5 .* an integer of 32 bits$/],
    ['2^31', { tokens: 2 ** 31 }, /column tokens: 2147483648 /],
    ['null where none is allowed', { text: null }, /column text: null .* whole Unicode characters$/],
    ['a missing field', { rule: undefined }, /column rule: undefined /],
    ['half a surrogate pair', { text: 'dog \ud83d' }, /column text: "dog .* whole Unicode characters$/],
    ['a scalar for a list', { support: 'yolo' }, /column support: "yolo" cannot be stored; allowed is a list$/],
    ['null in a list', { support: ['yolo', null] }, /column support\[1\]: null .* whole Unicode characters$/],
  ]
  test.each(refused)('%s', (_name, fields, message) => {
    const rows = [plainText, { ...plainText, ...fields }]
    expect(() => encodeTable(textTable, rows)).toThrow(
      expect.objectContaining({ code: 'internal', message: expect.stringMatching(message) }),
    )
  })

  test('an integer that JavaScript cannot hold', () => {
    expect(() => encodeTable(imageTable, [{ ...plainImage, tar_offset: 2 ** 53 }])).toThrow(
      /tar_offset: 9007199254740992/,
    )
  })
})

describe('the file', () => {
  const rows = Array.from({ length: 2_500 }, (_, index) => ({
    ...plainText,
    image_id: String(index % 1_250).padStart(6, '0'),
  }))
  const metadata = metadataOf(encodeTable(textTable, rows, { metadata: { 'fld.run': 'r1' } }))

  test('has small row groups with statistics of their images, and says that it is sorted', () => {
    expect(metadata.row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([1_000, 1_000, 500])
    const bounds = metadata.row_groups.map(({ columns }) => columns[0]?.meta_data?.statistics)
    expect(bounds.map((statistics) => [statistics?.min_value, statistics?.max_value])).toEqual([
      ['000000', '000499'],
      ['000500', '000999'],
      ['001000', '001249'],
    ])
    expect(metadata.row_groups[0]?.sorting_columns).toEqual([{ column_idx: 0, descending: false, nulls_first: false }])
  })

  test('names its table, its version and what the caller adds', () => {
    expect(metadata.key_value_metadata).toEqual([
      { key: 'fld.run', value: 'r1' },
      { key: 'fld.table', value: 'text' },
      { key: 'fld.tables_version', value: '1' },
    ])
  })

  test('keeps a byte order mark at the start of a text', async () => {
    const marked = { ...plainText, text: '\uFEFFdog' }
    expect(await decodeTable(textTable, encodeTable(textTable, [marked]))).toStrictEqual([marked])
  })
})

describe('bytes that are not the table', () => {
  const whole = encodeTable(textTable, [plainText])
  const corrupt = { code: 'store_corrupt' } satisfies Partial<FldError>

  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /^here: not a whole Parquet file/],
    ['text', new TextEncoder().encode('<html>no such bucket</html>'), /^here: not a whole Parquet file/],
    ['a file cut short', whole.subarray(0, whole.length - 20), /^here: not a whole Parquet file/],
    [
      'another table',
      encodeTable(observationTable, []),
      /^here: holds table observations of version 1; expected is text/,
    ],
  ])('%s', async (_name, bytes, message) => {
    await expect(decodeTable(textTable, bytes, { source: 'here' })).rejects.toMatchObject({
      ...corrupt,
      message: expect.stringMatching(message),
    })
  })

  test('a file from before a nullable column is read with nulls', async () => {
    const { similarity, ...columns } = textTable.columns
    const { similarity: _, ...row } = plainText
    const earlier = encodeTable<Omit<TextRow, 'similarity'>>({ name: 'text', columns }, [row])
    expect(similarity).toBe('double?')
    expect(await decodeTable(textTable, earlier)).toStrictEqual([{ ...plainText, similarity: null }])
  })

  test('the same name with other columns', async () => {
    const narrow = { name: 'text', columns: { image_id: 'string' } } as const
    const bytes = encodeTable<{ image_id: string }>(narrow, [{ image_id: 'a' }])
    await expect(decodeTable(textTable, bytes)).rejects.toMatchObject(corrupt)
  })
})
