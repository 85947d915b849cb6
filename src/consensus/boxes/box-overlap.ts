import { type Box, boxArea } from '../../../schemas/geometry.js'
import type { DecidedImage } from '../source.js'

/** The box inside the image; null when nothing of it is left or a coordinate is no number. */
export function clipToImage(box: Box, image: DecidedImage): Box | null {
  if (!box.every(Number.isFinite)) return null
  const clipped: Box = [
    within(box[0], image.width),
    within(box[1], image.height),
    within(box[2], image.width),
    within(box[3], image.height),
  ]
  // A box so small that its area is no longer a number above zero overlaps nothing.
  return clipped[2] > clipped[0] && clipped[3] > clipped[1] && boxArea(clipped) > 0 ? clipped : null
}

function within(value: number, limit: number): number {
  return Math.min(limit, Math.max(0, value))
}
