import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BinaryMask } from '../../../schemas/mask-rle.js'
import { maskPolygons } from '../../../workers/segment/mask-observation.js'
import { maskOutlines, ringArea } from '../../../workers/segment/mask-outlines.js'
import { simplifyRing } from '../../../workers/segment/simplify-ring.js'
import { anyMask, fillRings, maskOf, overlap, wholeImage } from './masks.js'

describe('maskOutlines', () => {
  it('goes round a block clockwise, from its top left', () => {
    const rings = maskOutlines(maskOf(['##', '##'], { left: 3, top: 1, right: 2 }))
    expect(rings).toEqual([[3, 1, 5, 1, 5, 3, 3, 3]])
    expect(rings.map(ringArea)).toEqual([4])
  })

  it('goes round a hole the other way, and round what is in the hole', () => {
    const rings = maskOutlines(maskOf(['#####', '#...#', '#.#.#', '#...#', '#####']))
    expect(rings.map(ringArea)).toEqual([25, 1, -9])
  })

  it('takes pixels that touch at a corner for one thing', () => {
    expect(maskOutlines(maskOf(['#.', '.#']))).toEqual([[0, 0, 1, 0, 1, 1, 2, 1, 2, 2, 1, 2, 1, 1, 0, 1]])
    // Background that touches at a corner is cut in two.
    expect(maskOutlines(maskOf(['####', '#.##', '##.#', '####'])).map(ringArea)).toEqual([16, -1, -1])
  })

  it('filled, gives the mask again; its areas sum to the pixels', () => {
    fc.assert(
      fc.property(anyMask, (mask) => {
        const rings = maskOutlines(mask)
        expect(fillRings(rings, mask)).toEqual(wholeImage(mask))
        const pixels = mask.data.reduce((sum, pixel) => sum + pixel, 0)
        expect(rings.reduce((sum, ring) => sum + ringArea(ring), 0)).toBe(pixels)
        expect(rings.filter((ring) => ringArea(ring) > 0)).toHaveLength(components(mask))
      }),
      { numRuns: 500 },
    )
  })

  it('has points at corners only', () => {
    fc.assert(
      fc.property(anyMask, (mask) => {
        for (const ring of maskOutlines(mask)) {
          for (let i = 0; i < ring.length; i += 2) {
            const horizontal = ring[i + 1] === ring[(i + 3) % ring.length]
            const vertical = ring[i] === ring[(i + 2) % ring.length]
            expect(horizontal).not.toBe(vertical)
            expect(horizontal).toBe(ring[(i + 2) % ring.length] === ring[(i + 4) % ring.length])
          }
        }
      }),
    )
  })
})

describe('maskPolygons', () => {
  it('keeps every corner with nothing to simplify', () => {
    fc.assert(
      fc.property(anyMask, (mask) => {
        expect(fillRings(maskPolygons(mask, { simplify: 0, min_area: 1 }), mask)).toEqual(wholeImage(mask))
      }),
    )
  })

  it('stays near round masks with far fewer points, holes and directions kept', () => {
    fc.assert(
      fc.property(anyEllipse, (mask) => {
        const exact = maskOutlines(mask)
        const rings = maskPolygons(mask, { simplify: 1, min_area: 4 })
        expect(rings.map((ring) => Math.sign(ringArea(ring)))).toEqual(exact.map((ring) => Math.sign(ringArea(ring))))
        expect(rings.flat().length).toBeLessThan(exact.flat().length / 2)
        expect(overlap(fillRings(rings, mask), wholeImage(mask))).toBeGreaterThan(0.95)
      }),
    )
  })

  it('leaves out specks and pinholes', () => {
    const mask = maskOf(['#.....', '..####', '..#.##', '..####', '..####'])
    expect(maskPolygons(mask, { simplify: 0, min_area: 2 })).toEqual([[2, 1, 6, 1, 6, 5, 2, 5]])
    expect(maskPolygons(mask, { simplify: 0, min_area: 17 })).toEqual([])
  })
})

describe('simplifyRing', () => {
  it('leaves nothing out that is further away than the tolerance', () => {
    fc.assert(
      fc.property(anyEllipse, fc.double({ min: 0.1, max: 5, noNaN: true }), (mask, tolerance) => {
        for (const ring of maskOutlines(mask)) {
          const simple = simplifyRing(ring, tolerance)
          for (let i = 0; i < ring.length; i += 2) {
            expect(distanceTo(simple, ring[i] ?? 0, ring[i + 1] ?? 0)).toBeLessThanOrEqual(tolerance + 1e-9)
          }
        }
      }),
    )
  })

  it('keeps a ring that would collapse', () => {
    const stroke = [0, 0, 9, 0, 9, 1, 0, 1]
    expect(simplifyRing(stroke, 2)).toEqual(stroke)
  })
})

/** A tilted ellipse of some size with a hole. */
const anyEllipse = fc
  .record({
    a: fc.integer({ min: 30, max: 48 }),
    b: fc.integer({ min: 30, max: 48 }),
    turn: fc.double({ min: 0, max: Math.PI, noNaN: true }),
    hole: fc.integer({ min: 5, max: 10 }),
  })
  .map(({ a, b, turn, hole }): BinaryMask => {
    const size = 100
    const rows = Array.from({ length: size }, (_, y) =>
      Array.from({ length: size }, (_, x) => {
        const [dx, dy] = [x + 0.5 - size / 2, y + 0.5 - size / 2]
        const [u, v] = [dx * Math.cos(turn) + dy * Math.sin(turn), dy * Math.cos(turn) - dx * Math.sin(turn)]
        return (u / a) ** 2 + (v / b) ** 2 < 1 && Math.hypot(dx, dy) >= hole ? '#' : '.'
      }).join(''),
    )
    return maskOf(rows)
  })

/** 8-connected components by flood fill. */
function components({ columns, rows, data }: BinaryMask): number {
  const seen = new Set<number>()
  let found = 0
  for (let start = 0; start < data.length; start++) {
    if (!data[start] || seen.has(start)) continue
    found++
    const open = [start]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue
      seen.add(at)
      for (const dy of [-1, 0, 1]) {
        for (const dx of [-1, 0, 1]) {
          const [x, y] = [(at % columns) + dx, Math.floor(at / columns) + dy]
          if (x >= 0 && y >= 0 && x < columns && y < rows && data[y * columns + x]) open.push(y * columns + x)
        }
      }
    }
  }
  return found
}

function distanceTo(ring: readonly number[], x: number, y: number): number {
  let nearest = Number.POSITIVE_INFINITY
  for (let i = 0; i < ring.length; i += 2) {
    const [x1, y1] = [ring[i] ?? 0, ring[i + 1] ?? 0]
    const [x2, y2] = [ring[(i + 2) % ring.length] ?? 0, ring[(i + 3) % ring.length] ?? 0]
    const squared = (x2 - x1) ** 2 + (y2 - y1) ** 2
    const along = squared === 0 ? 0 : ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / squared
    const t = Math.min(1, Math.max(0, along))
    nearest = Math.min(nearest, Math.hypot(x - x1 - t * (x2 - x1), y - y1 - t * (y2 - y1)))
  }
  return nearest
}
