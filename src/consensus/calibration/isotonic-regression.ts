import type { CalibrationCurve } from '../../../schemas/calibration-curve.js'
import { type CurveBlock, curveThrough, joinBlocks } from './calibration-curve.js'

/** A raw score, how right it was (1 a hit, 0 a miss, between them a belief), and how much it counts. */
export interface Evidence {
  readonly raw: number
  readonly target: number
  readonly weight: number
}

/**
 * The rising curve nearest to the evidence, by pool adjacent violators (Zadrozny and Elkan, "Transforming Classifier Scores
 * into Accurate Multiclass Probability Estimates", KDD 2002; Barlow et al. 1972). Equal raw scores are one piece of
 * evidence. The curve runs through the middles of the pooled blocks instead of in steps: no two raw scores between the
 * first and the last middle are tied.
 */
export function isotonicCurve(evidence: readonly Evidence[]): CalibrationCurve {
  const blocks: CurveBlock[] = []
  for (const each of tiesJoined(evidence)) {
    let block = each
    for (let last = blocks.at(-1); last !== undefined && last.calibrated >= block.calibrated; last = blocks.at(-1)) {
      blocks.pop()
      block = joinBlocks(last, block)
    }
    blocks.push(block)
  }
  return curveThrough(blocks)
}

function tiesJoined(evidence: readonly Evidence[]): CurveBlock[] {
  const joined: CurveBlock[] = []
  for (const { raw, target, weight } of [...evidence].sort((a, b) => a.raw - b.raw)) {
    if (weight <= 0) continue
    const block = { raw, calibrated: target, weight }
    const last = joined.at(-1)
    if (last !== undefined && last.raw === raw) joined[joined.length - 1] = { ...joinBlocks(last, block), raw }
    else joined.push(block)
  }
  return joined
}
