import fc from 'fast-check'
import { expect, it } from 'vitest'
import { alikeRuns } from '../../src/models/alike-runs.js'

const items = fc.array(fc.record({ width: fc.constantFrom(32, 64, 96), height: fc.constantFrom(32, 64) }), {
  maxLength: 40,
})

it('puts each item in one run, in order, with items of its key, in as few runs as their size allows', () => {
  fc.assert(
    fc.property(items, fc.integer({ min: 1, max: 9 }), (sizes, most) => {
      const placed = sizes.map((size, position) => ({ ...size, position }))
      // Two widths are alike, as after rounding to a multiple.
      const keyOf = ({ width, height }: { width: number; height: number }) => `${Math.max(64, width)}x${height}`
      const runs = alikeRuns(placed, most, keyOf)
      const positions = runs.map((run) => run.map(({ position }) => position))
      expect(positions.flat().sort((a, b) => a - b)).toEqual(sizes.map((_, position) => position))
      const perKey = new Map<string, number>()
      for (const size of sizes) perKey.set(keyOf(size), (perKey.get(keyOf(size)) ?? 0) + 1)
      for (const [index, run] of runs.entries()) {
        expect(run.length).toBeLessThanOrEqual(most)
        expect(positions[index]).toEqual([...(positions[index] ?? [])].sort((a, b) => a - b))
        expect(new Set(run.map(keyOf)).size).toBe(1)
      }
      expect(runs).toHaveLength([...perKey.values()].reduce((sum, count) => sum + Math.ceil(count / most), 0))
    }),
  )
})

it('makes runs of neighbours where all are alike', () => {
  expect(alikeRuns([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]])
})
