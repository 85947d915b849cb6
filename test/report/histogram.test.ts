import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addValue, meanOf, newHistogram, quantileOf } from '../../src/report/histogram.js'

function histogramOf(values: readonly number[]) {
  const histogram = newHistogram(0, 1, 4)
  for (const value of values) addValue(histogram, value)
  return histogram
}

describe('a histogram', () => {
  test('counts values in the bin they lie in, and what lies beyond in the bin at that end', () => {
    expect(histogramOf([-1, 0, 0.24, 0.25, 0.6, 1, 7]).counts).toEqual([3, 1, 1, 2])
  })

  test('has the mean of the values themselves, and none without any', () => {
    expect(meanOf(histogramOf([0.1, 0.2, 3]))).toBeCloseTo(1.1)
    expect(meanOf(histogramOf([]))).toBeNull()
    expect(quantileOf(histogramOf([]), 0.5)).toBeNull()
  })

  test('leaves out what is no finite number', () => {
    expect(histogramOf([Number.NaN, Number.POSITIVE_INFINITY, 0.5]).total).toBe(1)
  })

  test('puts a quantile within a bin of the value', () => {
    const value = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), fc.constantFrom(0.1, 0.5, 0.9), (values, share) => {
        const sorted = [...values].sort((a, b) => a - b)
        const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
        const found = quantileOf(histogramOf(values), share) ?? -1
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(0.25 + 1e-9)
      }),
    )
  })
})
