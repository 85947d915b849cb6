import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Box } from '../../schemas/geometry.js'
import type { ImageObservations } from '../../schemas/observation.js'
import { writeObservations } from '../../src/dataset/observation-file.js'
import { accuracySection } from '../../src/report/accuracy-section.js'
import { AccuracyTally } from '../../src/report/detection-accuracy.js'
import type { KnownBoxes } from '../../src/report/known-boxes.js'
import { openFolderStore, type TestStore } from '../dataset/stores.js'
import { planOf, regionRow, shardOf } from './small-shard.js'

const { signal } = new AbortController()
const near: Box = [0, 0, 40, 40]
const far: Box = [100, 50, 120, 70]
const dog = (box: Box, score = 1) => ({ kind: 'object' as const, label: 'dog', score, box })
const detectors = { a: { produces: ['object'], vocabulary: ['dog', 'cat'] } }

let opened: TestStore
beforeAll(async () => {
  opened = await openFolderStore()
  const write = (key: string, images: ImageObservations[]) => writeObservations(opened.store, key, images)
  await write('source', [
    { image_id: 'a', observations: [dog(near), { ...dog(far), is_group: true }], failure: null },
    { image_id: 'b', observations: [dog(far)], failure: null },
  ])
  await write('a', [
    // The second lies in the group: neither right nor wrong.
    { image_id: 'a', observations: [dog(near, 0.9), dog(far, 0.8)], failure: null },
    { image_id: 'b', observations: [dog(near, 0.2)], failure: null },
  ])
})
afterAll(() => opened.remove())

test('labels that came with the source measure its detectors, not the regions that hold them', async () => {
  const tally = new AccuracyTally(planOf(detectors, { label_digest: 'x' }), null)
  await tally.add(opened.store, shardOf({ region_text: [regionRow({ support: ['source'] })] }, { source: {}, a: {} }), {
    signal,
  })
  const accuracy = tally.figures()
  expect(accuracy).toMatchObject({ images: 2, labelled: 2, boxes: 3, committed: null })
  const [a] = accuracy?.sources ?? []
  // Two true boxes count. From .8 on one is found and nothing else; the miss of .2 would cost precision only.
  expect(a).toMatchObject({ threshold: 0.9, precision: 1, recall: 0.5, f1: 2 / 3 })
  // 40 x 40 is medium, 20 x 20 small.
  expect(a?.by_size.medium).toMatchObject({ ap: 1, precision: 1, recall: 1 })
  expect(a?.by_size.small).toMatchObject({ ap: 0, precision: null, recall: 0 })
  expect(accuracySection(accuracy).paragraphs[1]).toMatch(/^The committed regions are not measured/)
})

test('labels of a file measure both', async () => {
  const known: KnownBoxes = {
    name: 'truth.json',
    labels: new Set(['dog']),
    images: 1,
    boxesOf: ({ image_id }) => (image_id === 'b' ? [{ image: 'b', label: 'dog', box: near, is_group: false }] : null),
  }
  const regions = [
    regionRow({ image_id: 'b', ...{ x1: 0, y1: 0, x2: 40, y2: 40 } }),
    regionRow({ image_id: 'b', ...{ x1: 50, y1: 0, x2: 90, y2: 40 } }),
    regionRow({ image_id: 'b', label: 'cat' }),
    regionRow({ image_id: 'a' }),
  ]
  const tally = new AccuracyTally(planOf(detectors), known)
  await tally.add(opened.store, shardOf({ region_text: regions }, { a: {} }), { signal })
  const accuracy = tally.figures()
  // The cat was not looked for, and image a is not labelled.
  expect(accuracy?.committed).toMatchObject({ threshold: null, precision: 0.5, recall: 1 })
  expect(accuracy?.sources[0]).toMatchObject({ threshold: 0.2, precision: 1, recall: 1, ap: 1 })
})

const labelledDog = (image: string) => ({ image, label: 'dog', box: near, is_group: false })
const everyImage: KnownBoxes = {
  name: 'truth.json',
  labels: new Set(['dog']),
  images: 2,
  boxesOf: ({ image_id }) => [labelledDog(image_id)],
}

test('regions are measured where the source brought no boxes of its own, such as captions alone', async () => {
  const plan = planOf(detectors, { label_digest: 'x' })
  const regions = [regionRow({ x2: 40, y2: 40 })]
  const figures = async (observed: Parameters<typeof shardOf>[1]) => {
    const tally = new AccuracyTally(plan, everyImage)
    await tally.add(opened.store, shardOf({ region_text: regions }, observed), { signal })
    return tally.figures()
  }
  expect((await figures({ a: {}, source_captions: {} }))?.committed).toMatchObject({ precision: 1, recall: 0.5 })
  expect((await figures({ a: {}, source: {} }))?.committed).toBeNull()
})

test('a detector is measured over the images that it was heard on', async () => {
  await writeObservations(opened.store, 'half', [
    { image_id: 'a', observations: [dog(near, 0.9)], failure: null },
    { image_id: 'b', observations: [], failure: 'out of memory' },
  ])
  const plan = planOf({ half: { produces: ['object'] }, gone: { produces: ['object'] } })
  const tally = new AccuracyTally(plan, everyImage)
  await tally.add(opened.store, shardOf({}, { half: {} }), { signal })
  const accuracy = tally.figures()
  expect(accuracy?.sources[0]).toMatchObject({ images: 1, ap: 1, recall: 1 })
  expect(accuracy?.sources[1]).toMatchObject({ images: 0, ap: null, precision: null, recall: null })
  expect(accuracy?.committed).toMatchObject({ images: 2, recall: 0 })
  expect(accuracySection(accuracy).tables[0]?.rows.map((row) => row[1])).toEqual(['1', '0', '2'])
})

test('a region of a narrower label is a hit on a true box of the wider one', async () => {
  const known = { ...everyImage, labels: new Set(['person']) }
  const boxesOf: KnownBoxes['boxesOf'] = ({ image_id }) => [{ ...labelledDog(image_id), label: 'person' }]
  const tally = new AccuracyTally(planOf(detectors), { ...known, boxesOf })
  const regions = ['a', 'b'].map((image_id) => regionRow({ image_id, label: 'man', x2: 40, y2: 40 }))
  await tally.add(opened.store, shardOf({ region_text: regions }), { signal })
  expect(tally.figures()?.committed).toMatchObject({ ap: 1, precision: 1, recall: 1 })
})

test('without true boxes there is nothing to tell; boxes of no image of the run are refused', () => {
  expect(new AccuracyTally(planOf(detectors), null).figures()).toBeNull()
  const known: KnownBoxes = { name: 'truth.json', labels: new Set(), images: 4, boxesOf: () => null }
  expect(() => new AccuracyTally(planOf(detectors), known).figures()).toThrow(/none of the 4 images of truth.json/)
  expect(accuracySection(null).paragraphs[0]).toMatch(/^No labels/)
})
