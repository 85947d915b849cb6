import { type CalibrationCurve, mostCurvePoints } from '../../../schemas/calibration-curve.js'

/** A stretch of raw scores with one calibrated score. */
export interface CurveBlock {
  /** Mean raw score. */
  readonly raw: number
  readonly calibrated: number
  /** How much evidence is in it. */
  readonly weight: number
}

/** The calibrated score of a raw one; the raw one itself where the curve has no points. */
export function onCurve(points: CalibrationCurve, raw: number): number {
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((points[middle]?.[0] ?? 0) < raw) low = middle + 1
    else high = middle
  }
  const before = points[low - 1]
  const after = points[low]
  if (before === undefined || after === undefined) return (before ?? after)?.[1] ?? raw
  return before[1] + ((raw - before[0]) / (after[0] - before[0])) * (after[1] - before[1])
}

/**
 * The curve through the middles of rising blocks, so that scores inside a block keep their order. Where there are too many
 * the neighbours that are nearest to each other are joined. Rounded to six digits.
 */
export function curveThrough(blocks: readonly CurveBlock[]): CalibrationCurve {
  const left = [...blocks]
  while (left.length > mostCurvePoints) {
    const at = nearestNeighbours(left)
    const [one, other] = [left[at], left[at + 1]]
    if (one === undefined || other === undefined) break
    left.splice(at, 2, joinBlocks(one, other))
  }
  const points: [number, number][] = []
  for (const { raw, calibrated } of left) {
    const point: [number, number] = [rounded(raw), rounded(calibrated)]
    const last = points.at(-1)
    if (last === undefined || point[0] > last[0]) points.push(point)
  }
  return points
}

/** Two blocks as one: the means by weight. */
export function joinBlocks(one: CurveBlock, other: CurveBlock): CurveBlock {
  const weight = one.weight + other.weight
  return {
    raw: (one.raw * one.weight + other.raw * other.weight) / weight,
    calibrated: (one.calibrated * one.weight + other.calibrated * other.weight) / weight,
    weight,
  }
}

function nearestNeighbours(blocks: readonly CurveBlock[]): number {
  let nearest = 0
  let least = Infinity
  for (let at = 0; at + 1 < blocks.length; at++) {
    const gap = (blocks[at + 1]?.calibrated ?? 0) - (blocks[at]?.calibrated ?? 0)
    if (gap >= least) continue
    least = gap
    nearest = at
  }
  return nearest
}

function rounded(score: number): number {
  return Math.round(Math.min(1, Math.max(0, score)) * 1e6) / 1e6
}
