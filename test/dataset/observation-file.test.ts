import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ImageObservations, Observation } from '../../schemas/observation.js'
import { granularities, rejectedTextReasons } from '../../schemas/observation.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { observationTable } from '../../schemas/tables.js'
import { noCells } from '../../src/dataset/observation-cells.js'
import {
  observationsExist,
  readObservations,
  replaceObservations,
  writeObservations,
} from '../../src/dataset/observation-file.js'
import { costMetadata, readObservationFooter } from '../../src/dataset/observation-footer.js'
import { writeTable } from '../../src/dataset/table-file.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'

let folder = ''
let store: ObjectStore
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-observations-'))
  store = await openStore(folder)
})
afterAll(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

const plain = { noNullPrototype: true }
const number = fc.double({ noNaN: true, noDefaultInfinity: true })
const box = fc.tuple(number, number, number, number)
const text = fc.string({ unit: 'binary', maxLength: 10 })
const id = fc.string({ unit: 'grapheme-ascii', maxLength: 3 })
const phrase = fc.record(
  {
    start: fc.nat(),
    end: fc.integer({ min: 1 }),
    region_ids: fc.array(fc.constantFrom('r0', 'r1', ''), { maxLength: 3 }),
  },
  plain,
)
const observation: fc.Arbitrary<Observation> = fc.oneof(
  fc.record({ kind: fc.constant('object' as const), label: text, score: number, box }, plain),
  fc.record(
    {
      kind: fc.constant('text_region' as const),
      text,
      score: number,
      box_score: number,
      quad: fc.array(number, { minLength: 8, maxLength: 8 }),
      box,
    },
    plain,
  ),
  fc.record({ kind: fc.constant('image_text' as const), text, score: number }, plain),
  fc.record({ kind: fc.constant('proposed_region' as const), box, text: fc.option(text), score: number }, plain),
  fc.record(
    {
      kind: fc.constant('caption' as const),
      granularity: fc.constantFrom(...granularities),
      text,
      score: number,
      phrases: fc.array(phrase, { maxLength: 4 }),
    },
    plain,
  ),
  fc.record(
    {
      kind: fc.constant('grounded_phrase' as const),
      text,
      start: fc.nat(),
      end: fc.integer({ min: 1 }),
      score: number,
      box_score: number,
      box,
    },
    plain,
  ),
  fc.record({ kind: fc.constant('region_caption' as const), region_id: text, text, score: number }, plain),
  fc.record(
    {
      kind: fc.constant('mask' as const),
      region_id: text,
      score: number,
      stability: fc.option(number),
      polygon_points: fc.array(number, { maxLength: 8 }),
      polygon_rings: fc.array(fc.nat(), { maxLength: 3 }),
      rle: text,
    },
    plain,
  ),
  fc.record(
    {
      kind: fc.constant('similarity' as const),
      region_id: fc.option(text),
      text,
      score: number,
      cosine: number,
    },
    plain,
  ),
  fc.record(
    {
      kind: fc.constant('rejected_text' as const),
      granularity: fc.option(fc.constantFrom(...granularities)),
      region_id: fc.option(text),
      text,
      reason: fc.constantFrom(...rejectedTextReasons),
      failed: fc.constantFrom({}, { words: 400, allowed: 80 }, { finish_reason: 'length', cut: true, seen: null }),
      score: fc.constant(0),
    },
    plain,
  ),
)
const images: fc.Arbitrary<ImageObservations[]> = fc.uniqueArray(
  fc.oneof(
    fc.record(
      { image_id: id, observations: fc.array(observation, { maxLength: 6 }), failure: fc.constant(null) },
      plain,
    ),
    fc.record({ image_id: id, observations: fc.constant([]), failure: text }, plain),
  ),
  { selector: ({ image_id }) => image_id, maxLength: 12 },
)

function byImage(a: ImageObservations, b: ImageObservations): number {
  return a.image_id < b.image_id ? -1 : 1
}

describe('observation files', () => {
  const key = storeLayout.observations('set', 'yolox', '0123456789abcdef', '000000')

  test('give back what was written, by image_id', async () => {
    await fc.assert(
      fc.asyncProperty(images, async (written) => {
        await store.delete([key])
        await writeObservations(store, key, written)
        expect(await readObservations(store, key)).toStrictEqual([...written].sort(byImage))
      }),
      { numRuns: 100 },
    )
  })

  test('tell an image with nothing, a failed image and an image that was not shown apart', async () => {
    const written: ImageObservations[] = [
      { image_id: 'failed', observations: [], failure: '' },
      { image_id: 'nothing', observations: [], failure: null },
    ]
    const tell = key.replace('000000', 'tell')
    await writeObservations(store, tell, written)
    expect(await readObservations(store, tell)).toStrictEqual(written)
  })

  test('are written once; of some images they are replaced, unless somebody else was quicker', async () => {
    const own = key.replace('000000', 'again')
    const failed: ImageObservations = { image_id: 'b', observations: [], failure: 'no memory' }
    const seen: ImageObservations = { image_id: 'a', observations: [], failure: null }
    const cost = { seconds: 2, images: 2, provider: 'cpu', cpus: 2 } as const
    await writeObservations(store, own, [seen, failed], { metadata: costMetadata(cost) })
    await writeObservations(store, own, [])
    expect(await readObservations(store, own)).toStrictEqual([seen, failed])
    const etag = (await store.head(own))?.etag ?? ''
    const healed = { ...failed, failure: null }
    const how = { etag, metadata: {}, cost: { ...cost, seconds: 1.5, images: 1 } }
    await replaceObservations(store, own, [healed], how)
    expect(await readObservations(store, own)).toStrictEqual([seen, healed])
    expect((await readObservationFooter(store, own))?.cost).toEqual({ ...cost, seconds: 3.5 })
    await expect(replaceObservations(store, own, [failed], how)).rejects.toMatchObject({ code: 'run_conflict' })
  })

  test('exist only once written', async () => {
    const other = storeLayout.observations('set', 'yolox', '0123456789abcdef', '000001')
    expect(await observationsExist(store, other)).toBe(false)
    await writeObservations(store, other, [])
    expect(await observationsExist(store, other)).toBe(true)
    expect(await readObservations(store, other)).toEqual([])
  })

  test('refuse an image listed twice and one with both a failure and observations', async () => {
    const seen: ImageObservations = { image_id: 'a', observations: [], failure: null }
    await expect(writeObservations(store, key, [seen, seen])).rejects.toThrow('image a is listed twice')
    const object: Observation = { kind: 'object', label: 'dog', score: 1, box: [0, 0, 1, 1] }
    const both = { image_id: 'b', observations: [object], failure: 'out of memory' }
    await expect(writeObservations(store, key, [both])).rejects.toThrow('image b has both')
  })

  test('with a row that lacks what its kind needs are corrupt: the key and the image are named', async () => {
    const row = { ...noCells, image_id: 'a', kind: 'object', score: 0.5 } as const
    await writeTable(store, key, observationTable, [row])
    await expect(readObservations(store, key)).rejects.toMatchObject({
      code: 'store_corrupt',
      message: `${store.uri}: ${key}: image a: a row of kind object has no label`,
    })
  })
})
