import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Quad } from '../../../schemas/geometry.js'
import { readingOrder } from '../../../workers/ocr/reading-order.js'

/** A page of rows and words, 30 pixels between rows, words 20 high, turned by an angle (radians) about the origin. */
function page(rows: number, words: number, angle: number): Quad[] {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  return Array.from({ length: rows * words }, (_, index) => {
    const [x, y] = [(index % words) * 110, Math.floor(index / words) * 30]
    const corners = [
      [x, y],
      [x + 100, y],
      [x + 100, y + 20],
      [x, y + 20],
    ] as const
    return corners.flatMap(([cx, cy]) => [cx * cos - cy * sin, cx * sin + cy * cos])
  })
}

describe('readingOrder', () => {
  it('is empty without lines', () => {
    expect(readingOrder([])).toEqual([])
  })

  it('reads words that jump a little within a row from left to right', () => {
    const rows: Quad[] = [
      [200, 4, 300, 4, 300, 24, 200, 24],
      [0, 0, 100, 0, 100, 20, 0, 20],
      [0, 30, 100, 30, 100, 50, 0, 50],
    ]
    expect(readingOrder(rows)).toEqual([1, 0, 2])
  })

  it('reads a slanted page of wide rows row by row, in whatever order it was found', () => {
    const slanted = fc.record({
      rows: fc.integer({ min: 1, max: 5 }),
      words: fc.integer({ min: 1, max: 6 }),
      angle: fc.double({ min: -0.3, max: 0.3, noNaN: true }),
      seed: fc.integer(),
    })
    fc.assert(
      fc.property(slanted, ({ rows, words, angle, seed }) => {
        const quads = page(rows, words, angle)
        const found = quads.map((quad, index) => ({ quad, index, key: Math.imul(index + 1, seed | 1) }))
        found.sort((a, b) => a.key - b.key)
        const order = readingOrder(found.map(({ quad }) => quad))
        expect(order.map((at) => found[at]?.index)).toEqual(quads.map((_, index) => index))
      }),
    )
  })
})
