import type { Quad } from '../../../schemas/geometry.js'
import { boundsOverlap, quadBounds } from './quad-bounds.js'

type Point = readonly [x: number, y: number]

/**
 * Intersection over union of two convex quads in the same coordinates, 0-1: slanted lines of text whose upright boxes
 * overlap do not overlap themselves. The intersection is cut out edge by edge (Sutherland and Hodgman, CACM 1974).
 */
export function quadIou(a: Quad, b: Quad): number {
  const shared = sharedArea(a, b)
  return shared > 0 ? Math.min(1, shared / (quadArea(a) + quadArea(b) - shared)) : 0
}

/** The share of a quad's area that lies inside another one, 0-1; 0 for one without an area. */
export function quadContainment(inner: Quad, outer: Quad): number {
  const shared = sharedArea(inner, outer)
  return shared > 0 ? Math.min(1, shared / quadArea(inner)) : 0
}

/** In square pixels. */
export function quadArea(quad: Quad): number {
  return area(pointsOf(quad))
}

function sharedArea(a: Quad, b: Quad): number {
  // Most pairs of an image lie apart, and to see that costs little.
  if (!boundsOverlap(quadBounds(a), quadBounds(b))) return 0
  const first = clockwise(pointsOf(a))
  const second = clockwise(pointsOf(b))
  return area(second.reduce((left, corner, index) => cut(left, corner, second[(index + 1) % 4] ?? corner), first))
}

function pointsOf(quad: Quad): Point[] {
  return [0, 2, 4, 6].map((at) => [quad[at] ?? 0, quad[at + 1] ?? 0])
}

/** The part of a convex polygon to the right of the line from `from` to `to` (inside, for a clockwise outline). */
function cut(polygon: readonly Point[], from: Point, to: Point): Point[] {
  const side = (point: Point): number =>
    (to[0] - from[0]) * (point[1] - from[1]) - (to[1] - from[1]) * (point[0] - from[0])
  return polygon.flatMap((point, index) => {
    const next = polygon[(index + 1) % polygon.length] ?? point
    const here = side(point)
    const there = side(next)
    const kept: Point[] = here >= 0 ? [point] : []
    if (here * there < 0) {
      const share = here / (here - there)
      kept.push([point[0] + share * (next[0] - point[0]), point[1] + share * (next[1] - point[1])])
    }
    return kept
  })
}

/** Twice the signed area by the shoelace formula: positive for a clockwise outline, y pointing down. */
function doubleArea(polygon: readonly Point[]): number {
  return polygon.reduce((sum, point, index) => {
    const next = polygon[(index + 1) % polygon.length] ?? point
    return sum + point[0] * next[1] - next[0] * point[1]
  }, 0)
}

function area(polygon: readonly Point[]): number {
  return Math.abs(doubleArea(polygon)) / 2
}

function clockwise(polygon: Point[]): Point[] {
  return doubleArea(polygon) < 0 ? polygon.reverse() : polygon
}
