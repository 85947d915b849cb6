import type { AxisBand } from './axis-band.js'
import type { GridResize } from './logit-field.js'
import type { PixelRange, ScoreField, ScoreRow } from './score-field.js'

/** A semantic segmenter's output: a logit for each class at each point of a grid. */
export interface ClassGrid {
  readonly width: number
  readonly height: number
  readonly classes: number
  readonly logits: Float32Array
  /** Distance in `logits` from a class to the next, from a column to the next, from a row to the next. */
  readonly strides: { readonly classes: number; readonly columns: number; readonly rows: number }
}

/**
 * How far a class is ahead of the best other one at each pixel: above 0 where it is the pixel's class. The logits of all
 * classes are resized to the pixel and compared there, as DeepLab's own evaluation does (its predictions are the argmax of
 * resized logits). `range` says which pixels will be asked for.
 */
export function classField(grid: ClassGrid, resize: GridResize, own: number, range: PixelRange): ScoreField {
  const { columns } = resize
  const { classes, width } = grid
  const from = columns.first[range.left] ?? 0
  const to = Math.min(width, (columns.first[range.right - 1] ?? 0) + columns.taps)
  const values = new Float64Array(classes * width)
  /** Of each grid column, the best other class. */
  const rivals = new Int32Array(width)
  const ahead = (column: number, rival: number): number =>
    (values[own * width + column] ?? 0) - (values[rival * width + column] ?? 0)
  const row: ScoreRow = {
    decide: (first, threshold) => {
      let wins = 0
      let losses = 0
      const rival = rivals[first] ?? 0
      for (let column = first; column < first + columns.taps; column++) {
        if (ahead(column, rivals[column] ?? 0) > threshold) wins++
        if (ahead(column, rival) <= threshold) losses++
      }
      // Ahead of everyone at all points, or behind the same one at all of them: then so is every blend.
      return wins === columns.taps ? 1 : losses === columns.taps ? -1 : 0
    },
    score: (x) => {
      let best = Number.NEGATIVE_INFINITY
      for (let each = 0; each < classes; each++) {
        if (each !== own) best = Math.max(best, blendColumns(values, each * width, columns, x))
      }
      return blendColumns(values, own * width, columns, x) - best
    },
  }
  return {
    columns,
    row: (y) => {
      blendRows(grid, resize.rows, y, { from, to, values })
      for (let column = from; column < to; column++) rivals[column] = bestOther(values, { column, width, classes, own })
      return row
    },
  }
}

function blendRows(
  { logits, strides, classes, width }: ClassGrid,
  rows: AxisBand,
  y: number,
  { from, to, values }: { readonly from: number; readonly to: number; readonly values: Float64Array },
): void {
  values.fill(0)
  for (let k = 0; k < rows.taps; k++) {
    const weight = rows.weights[y * rows.taps + k] ?? 0
    if (weight === 0) continue
    const start = ((rows.first[y] ?? 0) + k) * strides.rows
    for (let each = 0; each < classes; each++) {
      let at = start + each * strides.classes + from * strides.columns
      for (let i = each * width + from; i < each * width + to; i++, at += strides.columns) {
        values[i] = (values[i] ?? 0) + (logits[at] ?? 0) * weight
      }
    }
  }
}

function blendColumns(values: Float64Array, start: number, columns: AxisBand, x: number): number {
  let sum = 0
  const first = start + (columns.first[x] ?? 0)
  for (let k = 0; k < columns.taps; k++) sum += (values[first + k] ?? 0) * (columns.weights[x * columns.taps + k] ?? 0)
  return sum
}

function bestOther(
  values: Float64Array,
  { column, width, classes, own }: { column: number; width: number; classes: number; own: number },
): number {
  let best = own === 0 ? 1 : 0
  for (let each = best + 1; each < classes; each++) {
    if (each !== own && (values[each * width + column] ?? 0) > (values[best * width + column] ?? 0)) best = each
  }
  return best
}
