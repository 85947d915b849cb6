import type { Box } from '../../schemas/geometry.js'
import type { PixelWindow } from '../../src/models/pixels/resample.js'
import type { PixelSize } from '../../src/models/pixels/resize.js'

/** A crop has at least this many pixels in each direction, where the image has. */
const leastSide = 4

/** The pixels that a box touches, with `margin` times its sides around them; clipped to the image. */
export function cropArea([x1, y1, x2, y2]: Box, image: PixelSize, margin: number): PixelWindow {
  const across = span(x1, x2, image.width, margin)
  const down = span(y1, y2, image.height, margin)
  return { left: across.start, top: down.start, width: across.length, height: down.length }
}

function span(from: number, to: number, size: number, margin: number): { start: number; length: number } {
  const around = (to - from) * margin
  const start = Math.max(0, Math.floor(from - around))
  const end = Math.min(size, Math.ceil(to + around))
  const least = Math.min(leastSide, size)
  if (end - start >= least) return { start, length: end - start }
  const centred = Math.round((from + to - least) / 2)
  return { start: Math.min(size - least, Math.max(0, centred)), length: least }
}
