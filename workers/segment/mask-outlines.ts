import type { BinaryMask } from '../../schemas/mask-rle.js'

/** A closed outline: x y of its corners in turn, in pixels of the image; the first is not repeated. */
export type Ring = readonly number[]

/** East, south, west, north: the next is a turn to the right, as seen with y down. */
const stepX = [1, 0, -1, 0] as const
const stepY = [0, 1, 0, -1] as const

/** Of the pixels that meet in a corner, those ahead to the left and to the right of who comes from that direction. */
const aheadLeft = [
  [0, -1],
  [0, 0],
  [-1, 0],
  [-1, -1],
] as const
const aheadRight = [
  [0, 0],
  [-1, 0],
  [-1, -1],
  [0, -1],
] as const

/**
 * The outlines of a mask along the edges of its pixels, so that filling them gives the mask again, pixel by pixel. Pixels
 * that touch at a corner belong together (8-connected, as in OpenCV's findContours), background has to touch at a side.
 * Outer rings run clockwise as seen with y down, holes the other way and later than the ring around them. Only corners are
 * points.
 */
export function maskOutlines(mask: BinaryMask): Ring[] {
  const { columns, rows, data } = mask
  /** Pixels whose upper edge has been passed: every ring has such an edge. */
  const passed = new Uint8Array(data.length)
  const rings: Ring[] = []
  for (let y = 0, at = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, at++) {
      if (data[at] === 1 && passed[at] === 0 && (y === 0 || data[at - columns] === 0)) {
        rings.push(followEdges(mask, passed, x, y))
      }
    }
  }
  return rings
}

/** Goes along the edges that begin with the upper one of a pixel, foreground at the right hand, until it is there again. */
function followEdges(
  { left, top, columns, rows, data }: BinaryMask,
  passed: Uint8Array,
  startX: number,
  startY: number,
): Ring {
  const isForeground = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < columns && y < rows && data[y * columns + x] === 1
  const ring = [left + startX, top + startY]
  let [x, y, direction] = [startX, startY, 0]
  for (;;) {
    if (direction === 0) passed[y * columns + x] = 1
    x += stepX[direction] ?? 0
    y += stepY[direction] ?? 0
    const [leftX, leftY] = aheadLeft[direction] ?? [0, 0]
    const [rightX, rightY] = aheadRight[direction] ?? [0, 0]
    const turned = isForeground(x + leftX, y + leftY) ? 3 : isForeground(x + rightX, y + rightY) ? 0 : 1
    direction = (direction + turned) & 3
    if (x === startX && y === startY && direction === 0) return ring
    if (turned !== 0) ring.push(left + x, top + y)
  }
}

/** The area of a ring in pixels by the shoelace formula: positive where it runs clockwise as seen with y down, negative for holes. */
export function ringArea(ring: Ring): number {
  let twice = 0
  let [x, y] = [ring[ring.length - 2] ?? 0, ring[ring.length - 1] ?? 0]
  for (let i = 0; i < ring.length; i += 2) {
    const [nextX, nextY] = [ring[i] ?? 0, ring[i + 1] ?? 0]
    twice += x * nextY - nextX * y
    x = nextX
    y = nextY
  }
  return twice / 2
}
