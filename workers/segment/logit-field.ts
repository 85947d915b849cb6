import type { AxisBand } from './axis-band.js'
import type { PixelRange, ScoreField, ScoreRow } from './score-field.js'

/** A model's mask, coarser than the image: logits row by row. */
export interface LogitGrid {
  readonly width: number
  readonly height: number
  readonly logits: Float32Array
}

/** How a grid becomes an image. */
export interface GridResize {
  readonly rows: AxisBand
  readonly columns: AxisBand
}

/** The logits of an image's pixels, resized from a grid; nothing is computed before it is asked for. */
export function logitField({ width, logits }: LogitGrid, { rows, columns }: GridResize): ScoreField {
  const values = new Float64Array(width)
  const row: ScoreRow = {
    decide: (first, threshold) => {
      const above = (values[first] ?? 0) > threshold
      for (let k = 1; k < columns.taps; k++) if ((values[first + k] ?? 0) > threshold !== above) return 0
      return above ? 1 : -1
    },
    score: (x) => {
      let sum = 0
      const first = columns.first[x] ?? 0
      for (let k = 0; k < columns.taps; k++)
        sum += (values[first + k] ?? 0) * (columns.weights[x * columns.taps + k] ?? 0)
      return sum
    },
  }
  return {
    columns,
    row: (y) => {
      blendRows(logits, rows, y, values)
      return row
    },
  }
}

function blendRows(logits: Float32Array, rows: AxisBand, y: number, out: Float64Array): void {
  out.fill(0)
  for (let k = 0; k < rows.taps; k++) {
    const weight = rows.weights[y * rows.taps + k] ?? 0
    if (weight === 0) continue
    const start = ((rows.first[y] ?? 0) + k) * out.length
    for (let x = 0; x < out.length; x++) out[x] = (out[x] ?? 0) + (logits[start + x] ?? 0) * weight
  }
}

/** The range outside of which no pixel can be above the threshold, since no grid point that it is made of is; empty where none is. */
export function rangeAbove(
  { width, height, logits }: LogitGrid,
  { rows, columns }: GridResize,
  threshold: number,
): PixelRange {
  let [left, top, right, bottom] = [width, height, 0, 0]
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      if (!((logits[at] ?? 0) > threshold)) continue
      if (x < left) left = x
      if (x >= right) right = x + 1
      if (y < top) top = y
      bottom = y + 1
    }
  }
  const [fromX, toX] = positionsOf(columns, left, right)
  const [fromY, toY] = positionsOf(rows, top, bottom)
  return { left: fromX, top: fromY, right: toX, bottom: toY }
}

/** Positions made of any source position from <= i < to. */
function positionsOf({ first, taps, length }: AxisBand, from: number, to: number): [number, number] {
  let start = 0
  while (start < length && (first[start] ?? 0) + taps <= from) start++
  let end = start
  while (end < length && (first[end] ?? 0) < to) end++
  return [start, end]
}
