import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boxArea, boxIou } from '../../schemas/geometry.js'
import { quadFrame } from '../../src/consensus/boxes/quad-frame.js'
import { quadContainment, quadIou } from '../../src/consensus/boxes/quad-overlap.js'
import { quadOf } from './sources.js'

const box = fc
  .record({
    x: fc.integer({ max: 50, min: 0 }),
    y: fc.integer({ max: 50, min: 0 }),
    w: fc.integer({ min: 1, max: 60 }),
    h: fc.integer({ min: 1, max: 60 }),
  })
  .map(({ x, y, w, h }) => [x, y, x + w, y + h] as const)

describe('quadIou', () => {
  it('is the IoU of boxes for upright quads, whichever way round they are listed', () => {
    fc.assert(
      fc.property(box, box, (a, b) => {
        const [x1, y1, x2, y2] = b
        expect(quadIou(quadOf(a), quadOf(b))).toBeCloseTo(boxIou(a, b), 9)
        expect(quadIou(quadOf(a), [x1, y1, x1, y2, x2, y2, x2, y1])).toBeCloseTo(boxIou(a, b), 9)
      }),
    )
  })

  it('does not change when both quads are turned', () => {
    fc.assert(
      fc.property(box, box, fc.double({ min: 0, max: 6.3, noNaN: true }), (a, b, angle) => {
        expect(quadIou(turn(quadOf(a), angle), turn(quadOf(b), angle))).toBeCloseTo(boxIou(a, b), 7)
      }),
    )
  })

  it('is known for a diamond in its square', () => {
    expect(quadIou([0, 0, 10, 0, 10, 10, 0, 10], [5, 0, 10, 5, 5, 10, 0, 5])).toBeCloseTo(0.5, 12)
  })
})

describe('quadContainment', () => {
  it('is the share of the inner quad that lies in the outer one, at any angle', () => {
    fc.assert(
      fc.property(box, box, fc.double({ min: 0, max: 6.3, noNaN: true }), (a, b, angle) => {
        const width = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0]))
        const height = Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]))
        const share = (width * height) / boxArea(a)
        expect(quadContainment(turn(quadOf(a), angle), turn(quadOf(b), angle))).toBeCloseTo(share, 7)
      }),
    )
  })

  it('is nothing for a quad without an area', () => {
    expect(quadContainment([5, 5, 5, 5, 5, 5, 5, 5], [0, 0, 10, 0, 10, 10, 0, 10])).toBe(0)
  })
})

describe('the frame of a quad', () => {
  it('makes a turned quad an upright box and back', () => {
    fc.assert(
      fc.property(box, fc.double({ min: 0, max: 6.3, noNaN: true }), (inner, angle) => {
        const quad = turn(quadOf(inner), angle)
        const frame = quadFrame(quad)
        const bounds = frame.boundsOf(quad)
        expect(boxArea(bounds)).toBeCloseTo(boxArea(inner), 6)
        for (const [at, side] of frame.quadOf(bounds).entries()) expect(side).toBeCloseTo(quad[at] ?? Number.NaN, 6)
      }),
    )
  })
})

function turn(quad: readonly number[], angle: number): number[] {
  return [0, 2, 4, 6].flatMap((at) => {
    const x = quad[at] ?? 0
    const y = quad[at + 1] ?? 0
    return [x * Math.cos(angle) - y * Math.sin(angle), x * Math.sin(angle) + y * Math.cos(angle)]
  })
}
