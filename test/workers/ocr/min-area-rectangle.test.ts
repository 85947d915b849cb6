import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { convexHull, minAreaRectangle, type RotatedRectangle } from '../../../workers/ocr/min-area-rectangle.js'

type Point = readonly [number, number]

const coordinate = fc.integer({ min: -200, max: 200 })
const points = fc.array(fc.tuple(coordinate, coordinate), { minLength: 1, maxLength: 40 })
const area = ({ width, height }: RotatedRectangle) => width * height
const pairs = (flat: readonly number[]): Point[] =>
  Array.from({ length: flat.length / 2 }, (_, index) => [flat[index * 2] ?? 0, flat[index * 2 + 1] ?? 0])

/** How far a point lies outside a clockwise polygon, in pixels; negative inside. */
function outside([x, y]: Point, polygon: readonly Point[]): number {
  const distances = polygon.map(([ax, ay], index) => {
    const [bx, by] = polygon[(index + 1) % polygon.length] ?? [0, 0]
    const length = Math.hypot(bx - ax, by - ay)
    return length === 0 ? Math.hypot(x - ax, y - ay) : -((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / length
  })
  return Math.max(...distances)
}

/** The smallest area over every pair of points as a direction: slow and without a hull. */
function smallestAreaBySearch(cloud: readonly Point[]): number {
  let smallest = Number.POSITIVE_INFINITY
  for (const [ax, ay] of cloud) {
    for (const [bx, by] of cloud) {
      const length = Math.hypot(bx - ax, by - ay)
      if (length === 0) continue
      const [ux, uy] = [(bx - ax) / length, (by - ay) / length]
      const s = cloud.map(([x, y]) => x * ux + y * uy)
      const t = cloud.map(([x, y]) => y * ux - x * uy)
      smallest = Math.min(smallest, (Math.max(...s) - Math.min(...s)) * (Math.max(...t) - Math.min(...t)))
    }
  }
  return smallest === Number.POSITIVE_INFINITY ? 0 : smallest
}

describe('convexHull', () => {
  it('leaves out what is inside or on an edge', () => {
    expect(convexHull([0, 0, 4, 0, 4, 4, 0, 4, 2, 2, 2, 0, 4, 4])).toEqual([0, 0, 4, 0, 4, 4, 0, 4])
  })

  it('of one point many times over is that point', () => {
    expect(convexHull([3, 5, 3, 5, 3, 5])).toEqual([3, 5])
  })

  it('turns clockwise at every corner, holds every point and has only given points', () => {
    fc.assert(
      fc.property(points, (cloud) => {
        const hull = pairs(convexHull(cloud.flat()))
        for (const corner of hull) expect(cloud).toContainEqual(corner)
        if (hull.length < 3) return
        for (const [index, [x1, y1]] of hull.entries()) {
          const [x2, y2] = hull[(index + 1) % hull.length] ?? [0, 0]
          const [x3, y3] = hull[(index + 2) % hull.length] ?? [0, 0]
          expect((x2 - x1) * (y3 - y2) - (y2 - y1) * (x3 - x2)).toBeGreaterThan(0)
        }
        for (const point of cloud) expect(outside(point, hull)).toBeLessThan(1e-9)
      }),
    )
  })
})

describe('minAreaRectangle', () => {
  it('of a tilted rectangle is that rectangle', () => {
    const { corners, width, height } = minAreaRectangle([0, 0, 30, 40, 22, 46, -8, 6, 10, 20])
    expect([width, height].sort((a, b) => a - b)).toEqual([expect.closeTo(10), expect.closeTo(50)])
    for (const corner of [
      [0, 0],
      [30, 40],
      [22, 46],
      [-8, 6],
    ] as const) {
      expect(Math.min(...pairs(corners).map(([x, y]) => Math.hypot(x - corner[0], y - corner[1])))).toBeLessThan(1e-9)
    }
  })

  it('has four right angles, sides as long as it says, and every point inside', () => {
    fc.assert(
      fc.property(points, (cloud) => {
        const rectangle = minAreaRectangle(cloud.flat())
        const [a, b, c, d] = pairs(rectangle.corners) as [Point, Point, Point, Point]
        expect(Math.hypot(b[0] - a[0], b[1] - a[1])).toBeCloseTo(rectangle.width, 6)
        expect(Math.hypot(d[0] - c[0], d[1] - c[1])).toBeCloseTo(rectangle.width, 6)
        expect(Math.hypot(c[0] - b[0], c[1] - b[1])).toBeCloseTo(rectangle.height, 6)
        expect((b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1])).toBeCloseTo(0, 6)
        if (area(rectangle) < 1e-6) return
        for (const point of cloud) expect(outside(point, [a, b, c, d])).toBeLessThan(1e-6)
      }),
      { numRuns: 500 },
    )
  })

  it('is never larger than the upright box, and as small as a search over all directions finds', () => {
    fc.assert(
      fc.property(points, (cloud) => {
        const smallest = area(minAreaRectangle(cloud.flat()))
        const [xs, ys] = [cloud.map(([x]) => x), cloud.map(([, y]) => y)]
        const upright = (Math.max(...xs) - Math.min(...xs)) * (Math.max(...ys) - Math.min(...ys))
        expect(smallest).toBeLessThanOrEqual(upright + 1e-6)
        expect(smallest).toBeLessThanOrEqual(smallestAreaBySearch(cloud) + 1e-6)
      }),
      { numRuns: 500 },
    )
  })

  it('does not depend on where the points start, and turns with them', () => {
    const turned = fc.tuple(points, fc.integer({ min: 0, max: 39 }), fc.double({ min: -3, max: 3, noNaN: true }))
    fc.assert(
      fc.property(turned, ([cloud, start, angle]) => {
        const expected = area(minAreaRectangle(cloud.flat()))
        const rotated = [...cloud.slice(start % cloud.length), ...cloud.slice(0, start % cloud.length)]
        expect(area(minAreaRectangle(rotated.flat()))).toBe(expected)
        const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
        const spun = cloud.flatMap(([x, y]) => [x * cos - y * sin, x * sin + y * cos])
        expect(area(minAreaRectangle(spun))).toBeCloseTo(expected, 4)
      }),
    )
  })
})
