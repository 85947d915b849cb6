/** A rectangle at any angle. */
export interface RotatedRectangle {
  /** Four corners x1 y1 .. x4 y4, clockwise on the screen (y down). */
  readonly corners: readonly number[]
  /** Length of the sides 1-2 and 3-4. */
  readonly width: number
  /** Length of the sides 2-3 and 4-1. */
  readonly height: number
}

/** x y pairs. */
type Points = ArrayLike<number>

const x = (points: Points, index: number) => points[index * 2] ?? 0
const y = (points: Points, index: number) => points[index * 2 + 1] ?? 0

/**
 * The corners of the convex hull of at least one point, clockwise on the screen (y down), without points on its edges
 * and without repeats: x y pairs; one or two points where the hull has no area. Andrew's monotone chain.
 */
export function convexHull(points: Points): number[] {
  const order = Array.from({ length: points.length / 2 }, (_, index) => index)
  order.sort((a, b) => x(points, a) - x(points, b) || y(points, a) - y(points, b))
  const upper = chain(points, order)
  const lower = chain(points, order.reverse())
  const hull = [...upper.slice(0, -1), ...lower.slice(0, -1)]
  const corners = hull.length === 0 ? order.slice(0, 1) : hull
  return corners.flatMap((index) => [x(points, index), y(points, index)])
}

/** Half of the hull: from the first of the sorted points to the last, turning clockwise only. */
function chain(points: Points, order: readonly number[]): number[] {
  const kept: number[] = []
  for (const next of order) {
    for (;;) {
      const [before, last] = [kept.at(-2), kept.at(-1)]
      const repeat = last !== undefined && x(points, last) === x(points, next) && y(points, last) === y(points, next)
      const straight = before !== undefined && last !== undefined && turn(points, before, last, next) <= 0
      if (!repeat && !straight) break
      kept.pop()
    }
    kept.push(next)
  }
  return kept
}

/** Positive where the way a, b, c turns clockwise on the screen. */
function turn(points: Points, a: number, b: number, c: number): number {
  const [abX, abY] = [x(points, b) - x(points, a), y(points, b) - y(points, a)]
  return abX * (y(points, c) - y(points, b)) - abY * (x(points, c) - x(points, b))
}

/**
 * The smallest rectangle around at least one point (x y pairs). One of its sides lies on an edge of the hull (Freeman and
 * Shapira 1975), so the edges are tried in turn while four calipers move round with them (Toussaint 1983).
 */
export function minAreaRectangle(points: Points): RotatedRectangle {
  const hull = convexHull(points)
  const count = hull.length / 2
  if (count === 1) return rectangleOn(hull, 0, { u: [1, 0], ahead: 0, across: 0, behind: 0 })
  let best: RotatedRectangle | null = null
  let [ahead, across, behind] = [1, 1, 1]
  for (let edge = 0; edge < count; edge++) {
    const u = edgeDirection(hull, edge)
    const v = [-u[1], u[0]] as const
    ahead = furthest(hull, Math.max(ahead, edge + 1), u)
    across = furthest(hull, Math.max(across, ahead), v)
    behind = furthest(hull, Math.max(behind, across), [-u[0], -u[1]])
    const rectangle = rectangleOn(hull, edge, { u, ahead, across, behind })
    if (best === null || rectangle.width * rectangle.height < best.width * best.height) best = rectangle
  }
  return best ?? rectangleOn(hull, 0, { u: [1, 0], ahead: 0, across: 0, behind: 0 })
}

function edgeDirection(hull: Points, edge: number): readonly [number, number] {
  const next = (edge + 1) % (hull.length / 2)
  const [dx, dy] = [x(hull, next) - x(hull, edge), y(hull, next) - y(hull, edge)]
  const length = Math.hypot(dx, dy)
  return [dx / length, dy / length]
}

function along(hull: Points, index: number, direction: readonly [number, number]): number {
  const wrapped = index % (hull.length / 2)
  return x(hull, wrapped) * direction[0] + y(hull, wrapped) * direction[1]
}

/** The hull's furthest point in a direction, looked for forwards from `from`; the hull is convex, so the first peak is it. */
function furthest(hull: Points, from: number, direction: readonly [number, number]): number {
  const stop = from + hull.length / 2
  let index = from
  while (index < stop && along(hull, index + 1, direction) > along(hull, index, direction)) index++
  return index
}

interface Calipers {
  /** Unit vector along the edge. */
  readonly u: readonly [number, number]
  readonly ahead: number
  readonly across: number
  readonly behind: number
}

function rectangleOn(hull: Points, edge: number, { u, ahead, across, behind }: Calipers): RotatedRectangle {
  const v = [-u[1], u[0]] as const
  const [left, right] = [along(hull, behind, u), along(hull, ahead, u)]
  const [near, far] = [along(hull, edge, v), along(hull, across, v)]
  const corner = (s: number, t: number) => [s * u[0] + t * v[0], s * u[1] + t * v[1]]
  const corners = [corner(left, near), corner(right, near), corner(right, far), corner(left, far)].flat()
  return { corners, width: right - left, height: far - near }
}
