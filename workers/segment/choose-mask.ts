import type { Box } from '../../schemas/geometry.js'
import type { LogitGrid } from './logit-field.js'

/** How a grid of logits lies under an image: each point stands for a rectangle of pixels. */
export interface GridFrame {
  /** Pixels of the image for each column and row of the grid. */
  readonly stepX: number
  readonly stepY: number
  /** Columns and rows that lie in the image, the others in its padding. */
  readonly gridColumns: number
  readonly gridRows: number
}

/**
 * The candidate that is a region's mask: the one whose predicted IoU times its fit to the box is highest; null where that is
 * 0 for all. SAM gives three masks because a prompt may mean a part, an object or what it belongs to, and its predicted
 * IoU does not tell which of them was meant: the box does.
 */
export function chooseMask(
  candidates: readonly LogitGrid[],
  ious: ArrayLike<number>,
  box: Box,
  frame: GridFrame,
): number | null {
  let chosen: number | null = null
  let best = 0
  for (const [index, candidate] of candidates.entries()) {
    const worth = Math.min(1, ious[index] ?? 0) * boxFit(candidate, box, frame)
    if (worth > best) [chosen, best] = [index, worth]
  }
  return chosen
}

/**
 * How well a mask fits a box, 0-1: the part of it that lies in the box, times the part of the box that this spans. For a mask
 * inside the box this is the IoU of its bounding box with the box; outside, pixels count, and not how far away they are:
 * a speck somewhere else in the image says little. On the grid, so that masks which are not chosen are never resized.
 */
export function boxFit(
  { width, logits }: LogitGrid,
  box: Box,
  { stepX, stepY, gridColumns, gridRows }: GridFrame,
): number {
  const [x1, y1, x2, y2] = box
  // Every point of the grid whose rectangle meets the box counts as inside.
  const [first, last] = [Math.floor(x1 / stepX), Math.ceil(x2 / stepX) - 1]
  const [top, bottom] = [Math.floor(y1 / stepY), Math.ceil(y2 / stepY) - 1]
  let [all, inside] = [0, 0]
  let [minX, minY, maxX, maxY] = [gridColumns, gridRows, -1, -1]
  for (let y = 0; y < gridRows; y++) {
    for (let x = 0; x < gridColumns; x++) {
      if (!((logits[y * width + x] ?? 0) > 0)) continue
      all++
      if (x < first || x > last || y < top || y > bottom) continue
      inside++
      if (x < minX) minX = x
      if (x > maxX) maxX = x
      if (y < minY) minY = y
      maxY = y
    }
  }
  if (inside === 0) return 0
  const spanX = Math.min(x2, (maxX + 1) * stepX) - Math.max(x1, minX * stepX)
  const spanY = Math.min(y2, (maxY + 1) * stepY) - Math.max(y1, minY * stepY)
  return (inside / all) * Math.min(1, (spanX * spanY) / ((x2 - x1) * (y2 - y1)))
}
