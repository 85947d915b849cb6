import type { Quad } from '../../../schemas/geometry.js'

type Point = readonly [x: number, y: number]

/**
 * Intersection over union of two convex quads in the same coordinates, 0-1: slanted lines of text whose upright boxes
 * overlap do not overlap themselves. The intersection is cut out edge by edge (Sutherland and Hodgman, CACM 1974).
 */
export function quadIou(a: Quad, b: Quad): number {
  const first = clockwise(pointsOf(a))
  const second = clockwise(pointsOf(b))
  const shared = area(
    second.reduce((left, corner, index) => cut(left, corner, second[(index + 1) % 4] ?? corner), first),
  )
  const union = area(first) + area(second) - shared
  return union > 0 ? Math.min(1, shared / union) : 0
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
