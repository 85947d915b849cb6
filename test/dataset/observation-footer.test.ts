import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ImageObservations } from '../../schemas/observation.js'
import { observationTable } from '../../schemas/tables.js'
import { readObservations, writeObservations } from '../../src/dataset/observation-file.js'
import { costMetadata, readObservationFooter } from '../../src/dataset/observation-footer.js'
import { observationRows } from '../../src/dataset/observation-rows.js'
import { writeTable } from '../../src/dataset/table-file.js'
import { openBucketStore, openFolderStore, type TestStore } from './stores.js'

const object = { kind: 'object' as const, label: 'dog', score: 0.5, box: [0, 0, 1, 1] as const }
const images: ImageObservations[] = [
  { image_id: 'a', observations: [object, object], failure: null },
  { image_id: 'b', observations: [], failure: null },
  { image_id: 'c', observations: [], failure: 'cannot' },
]
const cost = { seconds: 1.25, images: 3, provider: 'cuda' as const, cpus: 8 }

describe.each([
  ['a folder', openFolderStore],
  ['a bucket', openBucketStore],
])('the footer of an observation file in %s', (_, open) => {
  let opened: TestStore
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened.remove())

  test('tells rows by kind, bytes and cost, and changes no row', async () => {
    const { store } = opened
    await writeObservations(store, 'told.parquet', images, { metadata: costMetadata(cost) })
    expect(await readObservationFooter(store, 'told.parquet')).toEqual({
      bytes: (await store.get('told.parquet')).byteLength,
      rows: { failure: 1, none: 1, object: 2 },
      cost,
    })
    expect(await readObservations(store, 'told.parquet')).toEqual(images)
  })

  test('of a file from before it told anything, rows are counted and the cost is not known', async () => {
    const { store } = opened
    await writeTable(store, 'old.parquet', observationTable, observationRows(images))
    expect(await readObservationFooter(store, 'old.parquet')).toMatchObject({
      rows: { failure: 1, none: 1, object: 2 },
      cost: null,
    })
  })

  test('is read whole where it is longer than the first request', async () => {
    const { store } = opened
    const long = { 'fld.note': 'x'.repeat(200_000), ...costMetadata(cost) }
    await writeObservations(store, 'long.parquet', images, { metadata: long })
    expect(await readObservationFooter(store, 'long.parquet')).toMatchObject({ cost })
  })

  test('is null where there is no file, and refused where it is no Parquet file', async () => {
    const { store } = opened
    expect(await readObservationFooter(store, 'none.parquet')).toBeNull()
    await store.put('bad.parquet', new TextEncoder().encode('no table at all'))
    await expect(readObservationFooter(store, 'bad.parquet')).rejects.toMatchObject({ code: 'store_corrupt' })
  })
})
