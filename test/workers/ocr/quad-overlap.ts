import type { Quad } from '../../../schemas/geometry.js'

type Point = readonly [number, number]

function pointsOf(quad: Quad): Point[] {
  return [0, 2, 4, 6].map((at) => [quad[at] ?? 0, quad[at + 1] ?? 0])
}

function signedArea(polygon: readonly Point[]): number {
  return polygon.reduce((sum, [x, y], index) => {
    const [nextX, nextY] = polygon[(index + 1) % polygon.length] ?? [0, 0]
    return sum + (x * nextY - nextX * y) / 2
  }, 0)
}

export function quadArea(quad: Quad): number {
  return Math.abs(signedArea(pointsOf(quad)))
}

/** Area of what two convex quads share: one is cut along each side of the other (Sutherland and Hodgman 1974). */
export function overlapArea(a: Quad, b: Quad): number {
  const frame = signedArea(pointsOf(b)) < 0 ? pointsOf(b).reverse() : pointsOf(b)
  let polygon = pointsOf(a)
  for (const [index, [ax, ay]] of frame.entries()) {
    const [bx, by] = frame[(index + 1) % frame.length] ?? [0, 0]
    const side = ([x, y]: Point) => (bx - ax) * (y - ay) - (by - ay) * (x - ax)
    polygon = polygon.flatMap((point, at) => {
      const next = polygon[(at + 1) % polygon.length] ?? point
      const [here, there] = [side(point), side(next)]
      const kept: Point[] = here >= 0 ? [point] : []
      if (here * there < 0) {
        const t = here / (here - there)
        kept.push([point[0] + t * (next[0] - point[0]), point[1] + t * (next[1] - point[1])])
      }
      return kept
    })
  }
  return Math.abs(signedArea(polygon))
}

export function quadIoU(a: Quad, b: Quad): number {
  const shared = overlapArea(a, b)
  return shared / (quadArea(a) + quadArea(b) - shared)
}
