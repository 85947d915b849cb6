import type { Box, Quad } from '../../../schemas/geometry.js'

/** Coordinates along and across a line of text: x runs the way it is read, y from its top down. */
export interface QuadFrame {
  /** The bounds of a quad of the image in this frame. */
  boundsOf(quad: Quad): Box
  /** A box of this frame as a quad of the image, from its top left corner. */
  quadOf(box: Box): Quad
}

/** The frame of a quad whose corners begin at the top left of its text; the image's own for one without a top side. */
export function quadFrame([x1 = 0, y1 = 0, x2 = 0, y2 = 0]: Quad): QuadFrame {
  const length = Math.hypot(x2 - x1, y2 - y1)
  const [along, down] = length > 0 ? [(x2 - x1) / length, (y2 - y1) / length] : [1, 0]
  return {
    boundsOf: (quad) => {
      const corners = [0, 2, 4, 6].map((at) => [quad[at] ?? 0, quad[at + 1] ?? 0] as const)
      const x = corners.map((corner) => corner[0] * along + corner[1] * down)
      const y = corners.map((corner) => corner[1] * along - corner[0] * down)
      return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)]
    },
    quadOf: ([left, top, right, bottom]) =>
      [
        [left, top],
        [right, top],
        [right, bottom],
        [left, bottom],
      ].flatMap(([x = 0, y = 0]) => [x * along - y * down, x * down + y * along]),
  }
}
