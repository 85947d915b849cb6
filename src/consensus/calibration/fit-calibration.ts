import type {
  CalibratedRules,
  CalibratedSource,
  CalibrationMethod,
  CalibrationTarget,
} from '../../../schemas/calibration.js'
import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { FldError } from '../../../schemas/errors.js'
import { canonicalLabels } from '../../../schemas/vocabularies/index.js'
import { type Detection, expectedCalibrationError, judge, type Truth, truthLabel } from '../../measure/index.js'
import { calibratedConfig } from './calibrated-config.js'
import { type AnnotatedImage, calibrationSamples, rawDetections } from './calibration-samples.js'
import { heldOut, meanLoss } from './cross-validation.js'
import { type CalibrationSample, type FittedCurves, fitCurves } from './fit-curves.js'
import { fitRules } from './fit-rules.js'
import { type FusedFigures, fusedFigures } from './fused-figures.js'
import { type SourceWeight, sourceWeights } from './source-weights.js'
import { usefulMembers } from './useful-members.js'

/** What is fitted, and on what. */
export interface CalibrationQuestion {
  /** Labelled images, with what the annotators said of them. */
  readonly images: readonly AnnotatedImage[]
  /** Images by `image_id`, canonical labels. */
  readonly truth: Truth
  readonly config: ConsensusConfig
  readonly method: CalibrationMethod
  readonly target: CalibrationTarget
  /** Precision that is asked of the regions. */
  readonly precision: number
}

/** What was fitted of one annotator: a calibration's record of it without what only its plan knows. */
export type FittedSource = Omit<CalibratedSource, 'digest' | 'family'>

export interface FittedCalibration {
  readonly sources: ReadonlyMap<string, FittedSource>
  readonly rules: CalibratedRules
  /** How well these very images are decided by the configuration as it was, and with all of this: the second flatters. */
  readonly before: FusedFigures
  readonly after: FusedFigures
}

/**
 * What each further family adds where scores are calibrated: on COCO annotators err together, and half of a second family's
 * evidence is what it adds. From .4 to .6 little changes.
 */
const furtherVotes = 0.5

/**
 * Fits how far each annotator is to be believed, and the thresholds that go with it, on labelled images: curves from raw
 * scores to what they are worth, weights, rules. Annotators of which no box has a label that was looked for are left out.
 * Pure; the order of images and sources does not matter. Throws FldError `source_invalid` where no annotator is left.
 */
export function fitCalibration(question: CalibrationQuestion): FittedCalibration {
  const images = [...question.images].sort((a, b) => (a.image.image_id < b.image.image_id ? -1 : 1))
  const truth = { ...question.truth, images: images.map(({ image }) => image.image_id) }
  const annotators = machineAnnotators(images).map((annotator) => ({
    annotator,
    detections: rawDetections(images, annotator, question.config),
    labels: labelsOf(images, annotator, truth),
  }))
  const weights = sourceWeights(annotators, truth)
  const fitted = new Map<string, FittedSource>()
  for (const { annotator, detections } of annotators) {
    const source = fitSource(detections, truth, { ...question, weight: weights.get(annotator) })
    if (source !== null) fitted.set(annotator, source)
  }
  if (fitted.size === 0) {
    const said = annotators.map(({ annotator }) => annotator).join(', ') || 'none'
    throw new FldError('source_invalid', `no annotator (${said}) saw anything with a label that the truth has`)
  }
  const shared = { further_votes: furtherVotes }
  const sources = usefulMembers(fitted, { images, truth, config: question.config, rules: shared })
  const config = calibratedConfig(question.config, { sources, rules: shared, reference: null })
  const { rules } = fitRules({ images, truth, config, precision: question.precision })
  return {
    ...{ sources, rules: { ...shared, ...rules } },
    before: fusedFigures({ images, truth }, question.config),
    after: fusedFigures({ images, truth }, { ...config, ...rules }),
  }
}

function machineAnnotators(images: readonly AnnotatedImage[]): string[] {
  const machines = images.flatMap(({ sources }) => sources.filter(({ human }) => !human))
  return [...new Set(machines.map(({ annotator }) => annotator))].sort()
}

/** Those of the truth that an annotator can say, by its own name for them or a narrower one; null where it can say any. */
function labelsOf(images: readonly AnnotatedImage[], annotator: string, truth: Truth): ReadonlySet<string> | null {
  const source = images.flatMap(({ sources }) => sources).find((each) => each.annotator === annotator)
  if (source === undefined || source.vocabulary === null) return null
  return new Set(canonicalLabels(source.vocabulary).map((label) => truthLabel(label, truth.labels)))
}

type SourceQuestion = Pick<CalibrationQuestion, 'method' | 'target'> & { readonly weight: SourceWeight | undefined }

function fitSource(detections: readonly Detection[], truth: Truth, question: SourceQuestion): FittedSource | null {
  const { method, target, weight } = question
  const samples = calibrationSamples(detections, truth, target)
  if (samples.length === 0) return null
  const { calibration, calibration_by_size, ece } = worthwhileCurves(samples, method)
  return {
    detections: samples.length,
    hits: judge(truth, detections).counted.filter(({ hit }) => hit).length,
    ap: weight?.ap ?? null,
    ece_before: expectedCalibrationError(samples.map(({ raw, worth }) => ({ score: raw, worth }))),
    ece_after: ece,
    weight: weight?.weight ?? 1,
    calibration: calibration.map(([raw, score]): [number, number] => [raw, score]),
    calibration_by_size: Object.fromEntries(
      Object.entries(calibration_by_size).map(([size, curve]) => [size, curve.map(([raw, score]) => [raw, score])]),
    ),
  }
}

/** Curves by size only for an annotator whose held-out boxes they describe better than one curve does. */
function worthwhileCurves(
  samples: readonly CalibrationSample[],
  method: CalibrationMethod,
): FittedCurves & { readonly ece: number | null } {
  const bySize = (some: readonly CalibrationSample[]) => fitCurves(some, method)
  const alike = (some: readonly CalibrationSample[]) => ({ ...fitCurves(some, method), calibration_by_size: {} })
  const [one, several] = [heldOut(samples, alike), heldOut(samples, bySize)]
  return (meanLoss(several) ?? 0) < (meanLoss(one) ?? 0)
    ? { ...bySize(samples), ece: expectedCalibrationError(several) }
    : { ...alike(samples), ece: expectedCalibrationError(one) }
}
