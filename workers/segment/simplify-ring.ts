import { type Ring, ringArea } from './mask-outlines.js'

/**
 * A ring with fewer points, none of those left out further than `tolerance` pixels from it. It keeps its direction; a ring
 * that would collapse or turn round is left as it is. Source: Douglas and Peucker, Algorithms for the reduction of the
 * number of points required to represent a digitized line, Cartographica 10 (1973), between the first point (a corner of
 * the ring's bounding box or on it) and the one furthest from it.
 */
export function simplifyRing(ring: Ring, tolerance: number): Ring {
  const points = ring.length / 2
  if (tolerance <= 0 || points <= 3) return ring
  const far = furthestFrom(ring, 0)
  const kept = new Uint8Array(points + 1)
  kept[0] = kept[far] = kept[points] = 1
  keepCorners(ring, [0, far], tolerance, kept)
  keepCorners(ring, [far, points], tolerance, kept)
  const simple = ring.filter((_, index) => kept[index >> 1] === 1)
  // Both areas have the sign of their direction.
  const lost = ringArea(simple) / ringArea(ring) < 0.5
  return simple.length < 6 || lost ? ring : simple
}

/** Marks the points that a line from the first to the last of `span` (the ring's first once more at its end) cannot do without. */
function keepCorners(ring: Ring, span: readonly [number, number], tolerance: number, kept: Uint8Array): void {
  const open = [span]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [from, to] = next
    const { at, distance } = furthestFromLine(ring, from, to)
    if (distance <= tolerance) continue
    kept[at] = 1
    open.push([from, at], [at, to])
  }
}

function furthestFromLine(ring: Ring, from: number, to: number): { at: number; distance: number } {
  const [x1, y1] = pointAt(ring, from)
  const [x2, y2] = pointAt(ring, to)
  const [dx, dy] = [x2 - x1, y2 - y1]
  const squared = dx * dx + dy * dy
  let [furthest, most] = [from, 0]
  for (let at = from + 1; at < to; at++) {
    const [x, y] = [(ring[at * 2] ?? 0) - x1, (ring[at * 2 + 1] ?? 0) - y1]
    // The nearest place on the piece of line, not on the line that it lies on.
    const along = squared === 0 ? 0 : Math.min(1, Math.max(0, (x * dx + y * dy) / squared))
    const distance = Math.hypot(x - along * dx, y - along * dy)
    if (distance > most) [furthest, most] = [at, distance]
  }
  return { at: furthest, distance: most }
}

function furthestFrom(ring: Ring, origin: number): number {
  const [x, y] = pointAt(ring, origin)
  let [furthest, most] = [origin, -1]
  for (let at = 0; at < ring.length / 2; at++) {
    const distance = Math.hypot((ring[at * 2] ?? 0) - x, (ring[at * 2 + 1] ?? 0) - y)
    if (distance > most) [furthest, most] = [at, distance]
  }
  return furthest
}

function pointAt(ring: Ring, index: number): [number, number] {
  const at = (index * 2) % ring.length
  return [ring[at] ?? 0, ring[at + 1] ?? 0]
}
