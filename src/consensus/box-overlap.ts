import type { Box } from '../../schemas/geometry.js'
import type { DecidedImage } from './source.js'

/** Intersection over union of two boxes in the same coordinates, 0-1. */
export function boxIou(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0])
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1])
  if (width <= 0 || height <= 0) return 0
  const shared = width * height
  return shared / (boxArea(a) + boxArea(b) - shared)
}

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

function boxArea(box: Box): number {
  return (box[2] - box[0]) * (box[3] - box[1])
}

function within(value: number, limit: number): number {
  return Math.min(limit, Math.max(0, value))
}
