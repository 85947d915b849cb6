import { expect, test } from 'vitest'
import { randomSchedule } from './schedule.js'

test('the same seed gives the same faults, another seed others', () => {
  expect(randomSchedule(5, 8)).toEqual(randomSchedule(5, 8))
  const seeds = Array.from({ length: 200 }, (_, seed) => randomSchedule(seed, 8))
  expect(new Set(seeds.map(({ faults }) => JSON.stringify(faults))).size).toBeGreaterThan(100)
  const kinds = new Set(seeds.flatMap(({ faults }) => faults.map(({ kind }) => kind)))
  expect(kinds.size).toBe(13)
  for (const { store, faults } of seeds) {
    for (const { kind, after } of faults) {
      if (kind.startsWith('store_')) expect(store).toBe('s3')
      expect(after).toBeLessThan(8)
    }
  }
})
