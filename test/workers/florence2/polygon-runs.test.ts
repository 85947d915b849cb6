import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compressRuns } from '../../../schemas/mask-rle.js'
import { polygonRuns } from '../../../workers/florence2/polygon-runs.js'

/** As pycocotools 2.0 gives them: frPyObjects, then merge. */
const reference: readonly (readonly [string, number, number, number[][], string])[] = [
  ['a rectangle', 10, 8, [[1, 1, 6, 1, 6, 5, 1, 5]], '9440000000o0'],
  ['the whole image', 10, 8, [[0, 0, 10, 0, 10, 8, 0, 8]], '0`2'],
  ['a triangle between pixels', 12, 9, [[1.5, 0.5, 10.25, 3.75, 4, 8.5]], 'c0274M0OO101N1Oi0'],
  [
    'two that overlap',
    12,
    9,
    [
      [1, 1, 5, 1, 5, 5, 1, 5],
      [3, 3, 9, 3, 9, 8, 3, 8],
    ],
    ':45003M02N000000h0',
  ],
  ['one that crosses itself', 12, 9, [[1, 1, 11, 8, 11, 1, 1, 8]], ':73N2N1O2O00O101N2N27'],
  ['one that leaves the image', 12, 9, [[-3, -2, 5.5, 4, 20, 15, 2, 7]], '0461O0O10O100O001O1O1O00'],
  ['a corner said twice', 12, 9, [[2, 2, 2, 2, 9, 2, 9, 7]], 'm0181O001O1O1h0'],
]

const polygon = fc
  .array(fc.double({ min: -5, max: 30, noNaN: true }), { minLength: 6, maxLength: 16 })
  .map((values) => values.slice(0, values.length - (values.length % 2)))
const size = fc.record({ width: fc.integer({ min: 1, max: 25 }), height: fc.integer({ min: 1, max: 25 }) })

function pixelsOf(runs: readonly number[]): boolean[] {
  return runs.flatMap((run, index) => Array.from({ length: run }, () => index % 2 === 1))
}

describe('polygonRuns', () => {
  it.each(reference)('fills %s as COCO does', (_, width, height, polygons, counts) => {
    expect(compressRuns(polygonRuns(polygons, { width, height }))).toBe(counts)
  })

  it('has only background without a polygon', () => {
    expect(polygonRuns([], { width: 3, height: 4 })).toEqual([12])
  })

  it('holds what any of the polygons holds, in runs that cover the image', () => {
    fc.assert(
      fc.property(fc.array(polygon, { maxLength: 4 }), size, (polygons, image) => {
        const runs = polygonRuns(polygons, image)
        const each = polygons.map((one) => pixelsOf(polygonRuns([one], image)))
        const all = Array.from({ length: image.width * image.height }, (_, at) => each.some((pixels) => pixels[at]))
        expect(pixelsOf(runs)).toEqual(all)
        expect(runs.slice(1).every((run) => run > 0)).toBe(true)
      }),
    )
  })
})
