import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boxIou } from '../../schemas/geometry.js'
import { quadIou } from '../../src/consensus/boxes/quad-overlap.js'
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

function turn(quad: readonly number[], angle: number): number[] {
  return [0, 2, 4, 6].flatMap((at) => {
    const x = quad[at] ?? 0
    const y = quad[at + 1] ?? 0
    return [x * Math.cos(angle) - y * Math.sin(angle), x * Math.sin(angle) + y * Math.cos(angle)]
  })
}
