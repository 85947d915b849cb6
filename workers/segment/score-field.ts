import type { BinaryMask } from '../../schemas/mask-rle.js'
import type { AxisBand } from './axis-band.js'

/** The scores of an image's pixels, above 0 where they belong to a mask, computed from a model's coarser grid where they are asked for. */
export interface ScoreField {
  /** How the grid's columns make those of the image. */
  readonly columns: AxisBand
  /** The scores along a row of pixels; it holds until the next row is asked for. */
  row(y: number): ScoreRow
}

/** Scores along one row of pixels: between the grid's columns they are blends of those. */
export interface ScoreRow {
  /**
   * Whether all blends of the grid's columns from `first` on, `taps` of them, are above the threshold (1), or none is (-1);
   * 0 where only the pixel itself can tell.
   */
  decide(first: number, threshold: number): -1 | 0 | 1
  /** The score of the pixel in column x. */
  score(x: number): number
}

/** Pixels left <= x < right, top <= y < bottom. */
export interface PixelRange {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** The mask of the pixels in a range whose score is above the threshold. */
export function maskAbove(
  field: ScoreField,
  range: PixelRange,
  image: { readonly width: number; readonly height: number },
  threshold = 0,
): BinaryMask {
  const { left, top } = range
  const columns = Math.max(0, range.right - left)
  const rows = Math.max(0, range.bottom - top)
  const data = new Uint8Array(columns * rows)
  eachRunAbove(field, range, threshold, (y, from, to) => {
    const start = (y - top) * columns - left
    data.fill(1, start + from, start + to)
  })
  return { width: image.width, height: image.height, left, top, columns, rows, data }
}

/** How many pixels of a range score above the threshold. */
export function countAbove(field: ScoreField, range: PixelRange, threshold: number): number {
  let count = 0
  eachRunAbove(field, range, threshold, (_, from, to) => {
    count += to - from
  })
  return count
}

/**
 * Goes through the runs of pixels above a threshold, row by row. Most pixels lie between grid points that agree, and a
 * blend of them can say nothing else: scores are computed only where the mask's boundary passes.
 */
function eachRunAbove(
  { columns: { first }, row: rowAt }: ScoreField,
  { left, top, right, bottom }: PixelRange,
  threshold: number,
  run: (y: number, from: number, to: number) => void,
): void {
  for (let y = top; y < bottom; y++) {
    const row = rowAt(y)
    let from = -1
    for (let x = left; x < right; ) {
      const cell = first[x] ?? 0
      const decided = row.decide(cell, threshold)
      do {
        const above = decided === 0 ? row.score(x) > threshold : decided === 1
        if (above && from < 0) from = x
        if (!above && from >= 0) {
          run(y, from, x)
          from = -1
        }
        x++
      } while (x < right && first[x] === cell)
    }
    if (from >= 0) run(y, from, right)
  }
}
