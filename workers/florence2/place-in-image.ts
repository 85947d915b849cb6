import type { ImageSize } from '../../schemas/florence2/quantizer.js'
import type { Box, Quad } from '../../schemas/geometry.js'

/** A box with its corners in order, clipped to the image; null where that leaves no area. */
export function boxInImage([x1, y1, x2, y2]: Box, { width, height }: ImageSize): Box | null {
  const [left, right] = [clip(Math.min(x1, x2), width), clip(Math.max(x1, x2), width)]
  const [top, bottom] = [clip(Math.min(y1, y2), height), clip(Math.max(y1, y2), height)]
  return right > left && bottom > top ? [left, top, right, bottom] : null
}

/** A quad with its corners clipped to the image, in their order, and the upright box around it; null where that has no area. */
export function quadInImage(quad: Quad, { width, height }: ImageSize): { quad: Quad; box: Box } | null {
  const clipped = quad.map((value, at) => clip(value, at % 2 === 0 ? width : height))
  const box = boxAround(clipped)
  return box[2] > box[0] && box[3] > box[1] ? { quad: clipped, box } : null
}

/** The upright box around points, x y pairs. */
export function boxAround(points: readonly number[]): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let at = 0; at + 1 < points.length; at += 2) {
    const [x, y] = [points[at] ?? 0, points[at + 1] ?? 0]
    ;[left, right] = [Math.min(left, x), Math.max(right, x)]
    ;[top, bottom] = [Math.min(top, y), Math.max(bottom, y)]
  }
  return [left, top, right, bottom]
}

/** The corners of a box as a quad, clockwise from the top left. */
export function quadOfBox([x1, y1, x2, y2]: Box): Quad {
  return [x1, y1, x2, y1, x2, y2, x1, y2]
}

function clip(value: number, most: number): number {
  return Math.min(most, Math.max(0, value))
}
