import { describe, expect, expectTypeOf, test } from 'vitest'
import type { TextRow } from '../../schemas/annotation.js'
import { annotationTableDefinitions, type TableDefinition } from '../../schemas/tables.js'
import { columnsOf } from '../../src/dataset/parquet-schema.js'

type TextColumns = TableDefinition<TextRow>['columns']

describe('table definitions', () => {
  test('a column type follows from the type of the field in the row', () => {
    expectTypeOf<TextColumns['text']>().toEqualTypeOf<'string' | 'json'>()
    expectTypeOf<TextColumns['support']>().toEqualTypeOf<'string[]' | 'json[]'>()
    expectTypeOf<TextColumns['similarity']>().toEqualTypeOf<'int32?' | 'int64?' | 'double?'>()
    expectTypeOf<keyof TextColumns>().toEqualTypeOf<keyof TextRow>()
  })

  test('a missing, a further or a wrongly nullable column does not compile', () => {
    type Row = { image_id: string; score: number | null }
    const columns = (definition: TableDefinition<Row>['columns']) => definition
    columns({ image_id: 'string', score: 'double?' })
    // @ts-expect-error a field without a column
    columns({ image_id: 'string' })
    // @ts-expect-error a column without a field
    columns({ image_id: 'string', score: 'double?', label: 'string' })
    // @ts-expect-error a field that may be null in a column that may not
    columns({ image_id: 'string', score: 'double' })
    // @ts-expect-error a column that may be null for a field that may not
    columns({ image_id: 'string?', score: 'double?' })
  })

  test('columns keep their order, image_id first', () => {
    const columns = columnsOf(annotationTableDefinitions.text)
    expect(columns[0]).toEqual({ name: 'image_id', scalar: 'string', list: false, nullable: false })
    expect(columns.find(({ name }) => name === 'support')).toMatchObject({ scalar: 'string', list: true })
    expect(columns.at(-1)).toEqual({ name: 'unsupported_labels', scalar: 'string', list: true, nullable: true })
  })
})
