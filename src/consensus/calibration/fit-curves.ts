import type { CalibrationMethod } from '../../../schemas/calibration.js'
import type { CalibrationCurve } from '../../../schemas/calibration-curve.js'
import { type BoxSize, boxSizes } from '../../../schemas/geometry.js'
import { onCurve } from './calibration-curve.js'
import { type Evidence, isotonicCurve } from './isotonic-regression.js'
import { betaScores, curveOf, plattScores, type ScoreFunction } from './logistic-curves.js'

/** A raw score of one annotator and how right it was. */
export interface CalibrationSample {
  readonly image: string
  readonly size: BoxSize
  readonly raw: number
  /** 1 a hit, 0 a miss, or the share of COCO's ten IoUs at which it is a hit. */
  readonly worth: number
}

/** Curves of one annotator: for all boxes, and for sizes of which there are enough. */
export interface FittedCurves {
  readonly calibration: CalibrationCurve
  readonly calibration_by_size: Partial<Record<BoxSize, CalibrationCurve>>
}

/** A size gets a curve of its own where hits and misses come to this many each. */
const enoughOfASize = 20
/** What a prior counts for, in detections, at each of its raw scores. */
const priorWeight = 2
const sizePriorWeight = 10
const priorScores = Array.from({ length: 21 }, (_, index) => index / 20)

/**
 * Fits raw scores to what they are worth. The isotonic curve has Platt's as a prior: at each of 21 raw scores from 0 to 1 it
 * counts as two detections, so that the curve goes on rising where detections are few, and is never sure. A size has a curve
 * of its own from 20 hits and 20 misses on, with the curve of all boxes as prior, ten detections at each score: the fewer
 * boxes, the nearer it stays. Without samples the curve is a straight line.
 */
export function fitCurves(given: readonly CalibrationSample[], method: CalibrationMethod): FittedCurves {
  // In one order, whatever order they came in: the last digits of sums decide whether blocks that are nearly level join.
  const samples = [...given].sort((a, b) => a.raw - b.raw || a.worth - b.worth)
  if (samples.length === 0) return { calibration: straight, calibration_by_size: {} }
  const calibration = fitCurve(evidenceOf(samples), method)
  const prior = priorFrom((raw) => onCurve(calibration, raw), sizePriorWeight)
  const calibration_by_size: Partial<Record<BoxSize, CalibrationCurve>> = {}
  for (const size of boxSizes) {
    const same = samples.filter((sample) => sample.size === size)
    const hits = same.reduce((sum, { worth }) => sum + worth, 0)
    if (hits < enoughOfASize || same.length - hits < enoughOfASize) continue
    calibration_by_size[size] = fitCurve([...evidenceOf(same), ...prior], method)
  }
  return { calibration, calibration_by_size }
}

/** The calibrated score of a sample: by the curve of its size where there is one. */
export function calibrated(
  { calibration, calibration_by_size }: FittedCurves,
  { raw, size }: CalibrationSample,
): number {
  return onCurve(calibration_by_size[size] ?? calibration, raw)
}

function fitCurve(evidence: readonly Evidence[], method: CalibrationMethod): CalibrationCurve {
  switch (method) {
    case 'beta':
      return curveOf(betaScores(evidence))
    case 'platt':
      return curveOf(plattScores(evidence))
    case 'isotonic':
      return isotonicCurve([...evidence, ...priorFrom(plattScores(evidence), priorWeight)])
  }
}

const straight: CalibrationCurve = [
  [0, 0],
  [1, 1],
]

function evidenceOf(samples: readonly CalibrationSample[]): Evidence[] {
  return samples.map(({ raw, worth }) => ({ raw, target: worth, weight: 1 }))
}

function priorFrom(scoreOf: ScoreFunction, weight: number): Evidence[] {
  return priorScores.map((raw) => ({ raw, target: scoreOf(raw), weight }))
}
