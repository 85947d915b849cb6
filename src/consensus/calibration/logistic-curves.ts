import { type CalibrationCurve, mostCurvePoints } from '../../../schemas/calibration-curve.js'
import type { Evidence } from './isotonic-regression.js'
import { logistic, logisticRegression } from './logistic-regression.js'

/** From raw to calibrated score. */
export type ScoreFunction = (raw: number) => number

/** Raw scores nearer to 0 or 1 than this are taken as this far away. */
const margin = 1e-3
/** Of log-odds: at a raw score of .5 a bin is .0025 wide. */
const binsPerUnit = 100
/** A prior of the coefficients' own, as strong as a detection or two: it matters where there are few. */
const ridge = 1

/**
 * Beta calibration: logistic regression on log s and -log(1 - s) (Kull, Silva Filho and Flach, "Beta calibration: a
 * well-founded and easily implemented improvement on logistic calibration for binary classifiers", AISTATS 2017). A
 * coefficient below zero would make the curve fall: its term is left out, as the paper does.
 */
export function betaScores(evidence: readonly Evidence[]): ScoreFunction {
  return logisticScores(evidence, [(raw) => Math.log(raw), (raw) => -Math.log(1 - raw)])
}

/**
 * Platt scaling (Platt, "Probabilistic Outputs for Support Vector Machines", 1999) of the log-odds of raw scores, which for
 * detectors are what the network said. Hits and misses count as (h + 1) / (h + 2) and 1 / (m + 2), Platt's guard against
 * certainty.
 */
export function plattScores(evidence: readonly Evidence[]): ScoreFunction {
  const hits = evidence.reduce((sum, { target, weight }) => sum + target * weight, 0)
  const misses = evidence.reduce((sum, { weight }) => sum + weight, 0) - hits
  const [lowest, highest] = [1 / (misses + 2), (hits + 1) / (hits + 2)]
  const guarded = evidence.map((each) => ({ ...each, target: lowest + each.target * (highest - lowest) }))
  return logisticScores(guarded, [(raw) => Math.log(raw / (1 - raw))])
}

function logisticScores(evidence: readonly Evidence[], terms: readonly ((raw: number) => number)[]): ScoreFunction {
  const featuresOf = (raw: number) => [...terms.map((term) => term(inside(raw))), 1]
  const rows = pooled(evidence).map(({ raw, target, weight }) => ({ features: featuresOf(raw), target, weight }))
  const coefficients = logisticRegression(rows, ridge)
  const falling = terms.findIndex((_, index) => (coefficients[index] ?? 0) < 0)
  if (falling >= 0) {
    return logisticScores(
      evidence,
      terms.filter((_, index) => index !== falling),
    )
  }
  return (raw) =>
    logistic(featuresOf(raw).reduce((sum, feature, index) => sum + feature * (coefficients[index] ?? 0), 0))
}

/** Evidence of nearly the same raw score as one piece: a fit then takes as long for a million detections as for a thousand. */
function pooled(evidence: readonly Evidence[]): Evidence[] {
  const bins = new Map<number, { raw: number; target: number; weight: number }>()
  for (const { raw, target, weight } of evidence) {
    const score = inside(raw)
    const bin = Math.round(Math.log(score / (1 - score)) * binsPerUnit)
    const sum = bins.get(bin) ?? { raw: 0, target: 0, weight: 0 }
    bins.set(bin, { raw: sum.raw + weight * score, target: sum.target + weight * target, weight: sum.weight + weight })
  }
  const filled = [...bins.values()].filter(({ weight }) => weight > 0)
  return filled.map(({ raw, target, weight }) => ({ raw: raw / weight, target: target / weight, weight }))
}

/** The points of a rising function, close where raw scores are near 0 or 1: evenly in log-odds. */
export function curveOf(scoreOf: ScoreFunction): CalibrationCurve {
  const widest = Math.log((1 - margin) / margin)
  return Array.from({ length: mostCurvePoints }, (_, index): [number, number] => {
    const raw = logistic((index / (mostCurvePoints - 1) - 0.5) * 2 * widest)
    return [digits(raw), digits(scoreOf(raw))]
  })
}

function inside(raw: number): number {
  return Math.min(1 - margin, Math.max(margin, raw))
}

function digits(score: number): number {
  return Math.round(score * 1e6) / 1e6
}
