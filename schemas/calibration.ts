import { z } from 'zod'
import { calibrationCurveSchema, curvesBySizeSchema } from './calibration-curve.js'

export const calibrationMethods = ['beta', 'platt', 'isotonic'] as const
export type CalibrationMethod = (typeof calibrationMethods)[number]

/** What a calibrated score stands for: the chance of a hit at IoU .5, or the mean of that over COCO's ten IoUs. */
export const calibrationTargets = ['quality', 'hit'] as const
export type CalibrationTarget = (typeof calibrationTargets)[number]

/** Labelled images that a calibration is fitted on at least, unless told: fewer say more about chance. */
export const fewestCalibrationImages = 50

const unit = z.number().min(0).max(1)
const count = z.number().int().nonnegative()

/** What was fitted for one annotator. */
const calibratedSourceSchema = z.object({
  /** The annotator's, when it was fitted: of another model or other options the curve says little. */
  digest: z.string(),
  family: z.string(),
  /** Boxes that counted, and those that were hits at IoU .5. */
  detections: count,
  hits: count,
  /** Its own average precision (COCO) on the labelled images; null where no true box has a label that it knows. */
  ap: unit.nullable(),
  /** Expected calibration error of raw scores, and of calibrated ones on images that they were not fitted on. */
  ece_before: unit.nullable(),
  ece_after: unit.nullable(),
  weight: unit,
  calibration: calibrationCurveSchema,
  calibration_by_size: curvesBySizeSchema,
})

/** Rules that go with calibrated scores. */
const calibratedRulesSchema = z.object({
  further_votes: unit,
  score_threshold: unit,
  region_score: unit,
  solo_score: unit,
  unopposed_score: unit,
})

/** `calibrations/<name>/<version>.json`: what `fld calibrate` fitted on labelled images. Immutable. */
export const calibrationSchema = z.object({
  kind: z.literal('fld-calibration'),
  /** Of this format. */
  format: z.literal(1),
  name: z.string(),
  version: z.number().int().positive(),
  method: z.enum(calibrationMethods),
  target: z.enum(calibrationTargets),
  created_at: z.string(),
  fitted_on: z.object({
    run: z.string(),
    round: count,
    set: z.string(),
    /** `source labels`, or the COCO file. */
    truth: z.string(),
    /** Which of the labelled images: a split or a pattern; null for all. */
    chosen: z.string().nullable(),
    images: count,
    boxes: count,
    iou: unit,
  }),
  rules: calibratedRulesSchema,
  sources: z.record(z.string(), calibratedSourceSchema),
})
export type Calibration = z.infer<typeof calibrationSchema>
export type CalibratedSource = z.infer<typeof calibratedSourceSchema>
export type CalibratedRules = z.infer<typeof calibratedRulesSchema>

/** How a run records the calibration that it was decided with. */
export function calibrationReference({ name, version }: Pick<Calibration, 'name' | 'version'>): string {
  return `${name}@${version}`
}
