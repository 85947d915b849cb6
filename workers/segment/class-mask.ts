import type { Box } from '../../schemas/geometry.js'
import type { BinaryMask } from '../../schemas/mask-rle.js'
import type { PixelSize } from '../../src/models/pixels/resize.js'
import type { AxisBand } from './axis-band.js'
import { type ClassGrid, classField } from './class-field.js'
import type { DecodedMask, MaskFrame } from './mask-frame.js'
import { countAbove, maskAbove, type PixelRange } from './score-field.js'

/**
 * The pixels of a class inside a region's box: the region's mask, as far as a model that knows no objects can tell. Null
 * where there are none. The score is the mean probability of the class over the mask (at the nearest point of the model's
 * grid), stability the IoU of the pixels where the class is ahead of the others by the offset and behind by no more.
 */
export function classMask(
  grid: ClassGrid,
  own: number,
  box: Box,
  frame: MaskFrame,
  offset: number,
): DecodedMask | null {
  const range = pixelsIn(box, frame.image)
  const field = classField(grid, frame, own, range)
  const mask = maskAbove(field, range, frame.image)
  if (!mask.data.includes(1)) return null
  const stability = countAbove(field, range, offset) / Math.max(1, countAbove(field, range, -offset))
  return { mask, score: meanProbability(grid, own, mask, frame), stability }
}

/** The pixels whose centre lies in a box: at least the one in its middle. */
function pixelsIn([x1, y1, x2, y2]: Box, { width, height }: PixelSize): PixelRange {
  const [left, right] = positionsIn(x1, x2, width)
  const [top, bottom] = positionsIn(y1, y2, height)
  return { left, top, right, bottom }
}

function positionsIn(low: number, high: number, length: number): [number, number] {
  const [from, to] = [Math.max(0, Math.ceil(low - 0.5)), Math.min(length, Math.ceil(high - 0.5))]
  if (to > from) return [from, to]
  const middle = Math.min(length - 1, Math.max(0, Math.floor((low + high) / 2)))
  return [middle, middle + 1]
}

function meanProbability(grid: ClassGrid, own: number, mask: BinaryMask, { rows, columns }: MaskFrame): number {
  const known = new Float64Array(grid.width * grid.height).fill(-1)
  let [sum, count] = [0, 0]
  for (let row = 0, at = 0; row < mask.rows; row++) {
    const start = nearest(rows, mask.top + row) * grid.width
    for (let column = 0; column < mask.columns; column++, at++) {
      if (mask.data[at] !== 1) continue
      const point = start + nearest(columns, mask.left + column)
      if ((known[point] ?? 0) < 0) known[point] = probability(grid, own, point)
      sum += known[point] ?? 0
      count++
    }
  }
  return sum / count
}

function nearest({ first, weights, taps }: AxisBand, position: number): number {
  let best = 0
  for (let k = 1; k < taps; k++) {
    if ((weights[position * taps + k] ?? 0) > (weights[position * taps + best] ?? 0)) best = k
  }
  return (first[position] ?? 0) + best
}

/** Softmax over the classes at one point of the grid. */
function probability({ logits, strides, classes, width }: ClassGrid, own: number, point: number): number {
  const start = Math.floor(point / width) * strides.rows + (point % width) * strides.columns
  const ownLogit = logits[start + own * strides.classes] ?? 0
  let sum = 0
  for (let each = 0; each < classes; each++) sum += Math.exp((logits[start + each * strides.classes] ?? 0) - ownLogit)
  return 1 / sum
}
