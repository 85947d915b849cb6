import fc from 'fast-check'
import { expect, test } from 'vitest'
import { copiesIn, shardOrder, type WeightedSample, windowOrder } from '../../../src/feed/order/epoch-order.js'

const weights = fc.oneof(fc.constantFrom(0, 1, 2, 0.5), fc.double({ min: 0, max: 4, noNaN: true }))
const sampleLists = fc
  .array(weights, { maxLength: 60 })
  .map((list) => list.map((weight, index): WeightedSample => ({ sample_id: `s${index}`, weight })))
const keys = fc.record({ seed: fc.nat(), epoch: fc.nat(1_000), window: fc.nat(50) })

test('each sample comes as often as the whole part of its weight says, or once more', () => {
  fc.assert(
    fc.property(sampleLists, keys, (samples, key) => {
      const order = [...windowOrder(samples, key)]
      for (const [index, { weight }] of samples.entries()) {
        const copies = order.filter((entry) => entry === index).length
        expect([Math.floor(weight), Math.ceil(weight)]).toContain(copies)
      }
      expect(order.every((entry) => entry < samples.length)).toBe(true)
    }),
  )
})

test('over many epochs a sample comes as often as its weight says', () => {
  const sample = { sample_id: 'a', weight: 2.25 }
  const copies = Array.from({ length: 2_000 }, (_, epoch) => copiesIn(sample, { seed: 7, epoch }))
  const mean = copies.reduce((sum, count) => sum + count, 0) / copies.length
  expect(Math.abs(mean - 2.25)).toBeLessThan(0.03)
})

test('the order is settled by seed, epoch and window, and each of them changes it', () => {
  const samples = Array.from({ length: 200 }, (_, index) => ({ sample_id: `s${index}`, weight: 1 }))
  const key = { seed: 3, epoch: 5, window: 2 }
  const order = windowOrder(samples, key)
  expect(windowOrder(samples, { ...key })).toEqual(order)
  for (const change of [{ seed: 4 }, { epoch: 6 }, { window: 3 }]) {
    expect(windowOrder(samples, { ...key, ...change })).not.toEqual(order)
  }
  expect(shardOrder(50, { seed: 3, epoch: 5 })).not.toEqual(shardOrder(50, { seed: 3, epoch: 6 }))
  expect(shardOrder(50, { seed: 3, epoch: 5 })).not.toEqual(shardOrder(50, { seed: 4, epoch: 5 }))
})

test('the order is what it was: another one would make every kept cursor lie', () => {
  // Reckoned by a second implementation, in Python.
  const samples = [0.5, 1, 2.5, 0, 1, 3].map((weight, index) => ({ sample_id: `sample-${index}`, weight }))
  expect([...windowOrder(samples, { seed: 0, epoch: 0, window: 0 })]).toEqual([5, 1, 2, 5, 2, 5, 2, 4])
  expect([...windowOrder(samples, { seed: 0, epoch: 1, window: 0 })]).toEqual([2, 1, 4, 2, 0, 5, 5, 5, 2])
})
