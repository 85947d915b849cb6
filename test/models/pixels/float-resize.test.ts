import { describe, expect, it } from 'vitest'
import { type FloatResizing, floatRows } from '../../../src/models/pixels/float-resize.js'
import type { Raster } from '../../../src/models/pixels/raster.js'

function greyRow(values: readonly number[]): Raster {
  return { width: values.length, height: 1, data: Uint8Array.from(values.flatMap((value) => [value, value, value])) }
}

/** The red values of all rows. */
function resized(source: Raster, resizing: FloatResizing): number[] {
  const values: number[] = []
  floatRows(source, resizing, (row) => values.push(...row.filter((_, i) => i % 3 === 0)))
  return values
}

describe('floatRows', () => {
  it('keeps one colour, whatever the size', () => {
    const source = { width: 13, height: 9, data: new Uint8Array(13 * 9 * 3).fill(100) }
    for (const filter of ['smooth', 'linear'] as const) {
      for (const size of [
        { width: 4, height: 3 },
        { width: 40, height: 9 },
        { width: 1, height: 1 },
      ]) {
        const values = resized(source, { canvas: source, size, filter })
        expect(values).toHaveLength(size.width * size.height)
        for (const value of values) expect(value).toBeCloseTo(100, 4)
      }
    }
  })

  it('is black where the image ends', () => {
    const source = { width: 4, height: 2, data: new Uint8Array(24).fill(200) }
    const canvas = { width: 4, height: 4 }
    const values = resized(source, { canvas, size: canvas, filter: 'smooth' })
    expect(values).toEqual([...Array(8).fill(200), ...Array(8).fill(0)])
  })

  it('weighs neighbours by a Gaussian where it shrinks', () => {
    // Factor 3, so sigma 1, cut at 4; position 1 of 3 is pixel 1: 0 and 2 are one away, and mirror about the edges.
    const weights = [0, 1, 2, 3, 4].map((x) => Math.exp(-0.5 * x * x))
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0, w4 = 0] = weights
    const total = w0 + 2 * (w1 + w2 + w3 + w4)
    // d c b | a b c d: seen from pixel 1 of three, pixel 1 is at 0, 2, 4 and pixels 0 and 2 at 1 and 3.
    const expected = (255 * (w0 + 2 * (w2 + w4))) / total
    const source = greyRow([0, 255, 0])
    const [value] = resized(source, { canvas: source, size: { width: 1, height: 1 }, filter: 'smooth' })
    expect(value).toBeCloseTo(expected, 4)
  })

  it('takes the two nearest pixels only where it is linear, and repeats the edge', () => {
    const row = greyRow([0, 90, 0, 0, 60, 0])
    expect(resized(row, { canvas: row, size: { width: 2, height: 1 }, filter: 'linear' })).toEqual([90, 60])
    const pair = greyRow([0, 100])
    expect(resized(pair, { canvas: pair, size: { width: 4, height: 1 }, filter: 'linear' })).toEqual([0, 25, 75, 100])
  })
})
