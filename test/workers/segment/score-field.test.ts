import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AxisBand, bilinearAxis, thenResized } from '../../../workers/segment/axis-band.js'
import { type ClassGrid, classField } from '../../../workers/segment/class-field.js'
import { type LogitGrid, logitField, rangeAbove } from '../../../workers/segment/logit-field.js'
import { countAbove, maskAbove } from '../../../workers/segment/score-field.js'
import { wholeImage } from './masks.js'

const side = fc.integer({ min: 1, max: 24 })
const level = fc.double({ min: -2, max: 2, noNaN: true })

/** A grid's side, that of the padded input, of the image in it, and of the original image. */
const anyAxis = fc
  .record({ grid: fc.integer({ min: 1, max: 9 }), input: side, image: fc.integer({ min: 1, max: 40 }) })
  .chain(({ grid, input, image }) => fc.integer({ min: 1, max: input }).map((kept) => ({ grid, input, kept, image })))

describe('bilinearAxis', () => {
  it('is the reference on the sizes of SAM', () => {
    // torch.nn.functional.interpolate([0, 1, 2, 3] -> 8 and -> 3, bilinear, align_corners=False)
    expect(resized(bilinearAxis(4, 8), [0, 1, 2, 3])).toEqual([0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3])
    expect(resized(bilinearAxis(4, 2), [0, 1, 2, 3])).toEqual([0.5, 2.5])
    expect(resized(bilinearAxis(1, 3), [7])).toEqual([7, 7, 7])
  })

  it('has weights that sum to 1, and a band that never goes back', () => {
    fc.assert(
      fc.property(anyAxis, ({ grid, input, kept, image }) => {
        const band = twice(grid, input, kept, image)
        for (let i = 0; i < band.length; i++) {
          const weights = band.weights.subarray(i * band.taps, (i + 1) * band.taps)
          expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 6)
          expect(weights.every((weight) => weight >= 0)).toBe(true)
          expect(band.first[i]).toBeGreaterThanOrEqual(band.first[i - 1] ?? 0)
          expect((band.first[i] ?? 0) + band.taps).toBeLessThanOrEqual(grid)
        }
      }),
    )
  })
})

describe('thenResized', () => {
  it('does in one step what two do', () => {
    fc.assert(
      fc.property(anyAxis, fc.array(level, { minLength: 9, maxLength: 9 }), ({ grid, input, kept, image }, values) => {
        const first = resized(bilinearAxis(grid, input), values.slice(0, grid))
        const wanted = resized(bilinearAxis(kept, image), first.slice(0, kept))
        const given = resized(twice(grid, input, kept, image), values.slice(0, grid))
        expect(given).toEqual(wanted.map((value) => expect.closeTo(value, 6)))
      }),
    )
  })
})

/** Quarters, so that sums have no rounding that could tell two ways of adding apart. */
const quarter = fc.integer({ min: -12, max: 12 }).map((value) => value / 4)

describe('masks of a field', () => {
  it('are the pixels of a resized grid above the threshold, and nothing outside of the range is one', () => {
    fc.assert(
      fc.property(
        anyAxis,
        anyAxis,
        fc.array(level, { minLength: 81, maxLength: 81 }),
        fc.constantFrom(-1, 0, 1),
        (x, y, values, threshold) => {
          const grid: LogitGrid = { width: x.grid, height: y.grid, logits: Float32Array.from(values) }
          const resize = {
            columns: twice(x.grid, x.input, x.kept, x.image),
            rows: twice(y.grid, y.input, y.kept, y.image),
          }
          const field = logitField(grid, resize)
          const wanted = plainlyAbove((row, column) => pixelOf(grid, resize, row, column), x.image, y.image, threshold)
          const range = rangeAbove(grid, resize, threshold)
          const mask = maskAbove(field, range, { width: x.image, height: y.image }, threshold)
          expect(wholeImage(mask)).toEqual(wanted)
          expect(countAbove(field, range, threshold)).toBe(wanted.reduce((sum, pixel) => sum + pixel, 0))
        },
      ),
      { numRuns: 80 },
    )
  })

  it('of a class are the pixels where its resized logit is ahead of all others', () => {
    const classes = 4
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        fc.array(quarter, { minLength: 100, maxLength: 100 }),
        fc.nat({ max: classes - 1 }),
        fc.constantFrom(-1, 0, 1),
        fc.boolean(),
        (width, height, values, own, threshold, last) => {
          const strides = last
            ? { classes: 1, columns: classes, rows: width * classes }
            : { classes: width * height, columns: 1, rows: width }
          const grid: ClassGrid = { width, height, classes, logits: Float32Array.from(values), strides }
          // Powers of two: places and weights are exact.
          const image = { width: width * 8, height: height * 4 }
          const resize = { columns: bilinearAxis(width, image.width), rows: bilinearAxis(height, image.height) }
          const range = { left: 1, top: 1, right: image.width - 1, bottom: image.height }
          const ahead = (row: number, column: number): number => {
            if (column < range.left || column >= range.right || row < range.top) return Number.NEGATIVE_INFINITY
            const all = Array.from({ length: classes }, (_, each) => pixelOf(planeOf(grid, each), resize, row, column))
            return (all[own] ?? 0) - Math.max(...all.filter((_, each) => each !== own))
          }
          const wanted = plainlyAbove(ahead, image.width, image.height, threshold)
          const mask = maskAbove(classField(grid, resize, own, range), range, image, threshold)
          expect(wholeImage(mask)).toEqual(wanted)
        },
      ),
      { numRuns: 80 },
    )
  })
})

function twice(grid: number, input: number, kept: number, image: number): AxisBand {
  return thenResized(bilinearAxis(grid, input), bilinearAxis(kept, image), grid)
}

function resized({ length, taps, first, weights }: AxisBand, values: readonly number[]): number[] {
  return Array.from({ length }, (_, i) => {
    let sum = 0
    for (let k = 0; k < taps; k++) sum += (values[(first[i] ?? 0) + k] ?? 0) * (weights[i * taps + k] ?? 0)
    return sum
  })
}

/** One pixel of a resized grid: columns of each row first, then the rows. */
function pixelOf(
  { width, height, logits }: LogitGrid,
  resize: { rows: AxisBand; columns: AxisBand },
  y: number,
  x: number,
): number {
  const column = Array.from({ length: height }, (_, row) => {
    return resized(resize.columns, [...logits.subarray(row * width, (row + 1) * width)])[x] ?? 0
  })
  return resized(resize.rows, column)[y] ?? 0
}

function planeOf({ width, height, logits, strides }: ClassGrid, each: number): LogitGrid {
  const plane = Float32Array.from({ length: width * height }, (_, at) => {
    const [column, row] = [at % width, Math.floor(at / width)]
    return logits[each * strides.classes + column * strides.columns + row * strides.rows] ?? 0
  })
  return { width, height, logits: plane }
}

function plainlyAbove(
  score: (row: number, column: number) => number,
  width: number,
  height: number,
  threshold: number,
): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, at) => {
    return score(Math.floor(at / width), at % width) > threshold ? 1 : 0
  })
}
