import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batchSpans, noSuspicion } from '../../src/annotate/batch-spans.js'

test('without suspicion: batches in order', () => {
  expect(batchSpans(7, 3, noSuspicion)).toEqual([
    { from: 0, to: 3, alone: false },
    { from: 3, to: 6, alone: false },
    { from: 6, to: 7, alone: false },
  ])
})

test('suspects come first, halved and alone', () => {
  const spans = batchSpans(8, 4, { suspects: { from: 4, to: 7 }, condemned: new Set([1]) })
  expect(spans).toEqual([
    { from: 4, to: 6, alone: true },
    { from: 6, to: 7, alone: true },
    { from: 0, to: 1, alone: false },
    { from: 2, to: 4, alone: false },
    { from: 7, to: 8, alone: false },
  ])
})

test('every image that is not condemned is in one batch, and no batch is too large', () => {
  const places = fc.integer({ min: 0, max: 40 })
  const suspects = fc.option(
    fc.tuple(places, places).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) + 1 })),
  )
  fc.assert(
    fc.property(
      fc.integer({ min: 41, max: 60 }),
      fc.integer({ min: 1, max: 9 }),
      suspects,
      fc.array(places),
      (images, size, suspected, out) => {
        const condemned = new Set(suspected === null ? out : [])
        const spans = batchSpans(images, size, { suspects: suspected, condemned })
        const covered = spans.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index))
        expect([...covered].sort((a, b) => a - b)).toEqual(
          Array.from({ length: images }, (_, place) => place).filter((place) => !condemned.has(place)),
        )
        expect(spans.filter(({ alone, from, to }) => !alone && to - from > size)).toEqual([])
      },
    ),
  )
})
