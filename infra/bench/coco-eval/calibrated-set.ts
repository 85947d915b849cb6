import type { CalibrationMethod, CalibrationTarget } from '../../../schemas/calibration.js'
import { FldError } from '../../../schemas/errors.js'
import { calibratedConfig, type FittedCalibration, fitCalibration } from '../../../src/consensus/calibration/index.js'
import { type CocoTruth, truthOf } from '../../../src/run/coco-truth.js'
import type { LabelledImage, LabelledSet } from './labelled-images.js'

export interface CalibrateOptions {
  /** A part that the truth names, or a regular expression on file names. */
  readonly part: string
  readonly method: CalibrationMethod
  readonly target: CalibrationTarget
  readonly precision: number
}

/** The set with everything `fld calibrate` fits on some of its images laid over its rules; what was committed is decided anew. */
export function calibrateSet(
  set: LabelledSet,
  truth: CocoTruth,
  { part, ...options }: CalibrateOptions,
): { set: LabelledSet; fitted: FittedCalibration } {
  const chosen = set.images.filter((image) => belongs(image, part))
  if (chosen.length === 0 || chosen.length === set.images.length) {
    const parts = [...new Set(set.images.flatMap((image) => image.part ?? []))].join(', ') || 'none'
    const message = `--calibrate ${part} leaves ${chosen.length} of ${set.images.length} images to fit on; parts of the truth: ${parts}`
    throw new FldError('config_invalid', message)
  }
  const { config } = set
  const known = truthOf(truth, new Map(chosen.map(({ coco_id, image }) => [coco_id, image.image_id])))
  const fitted = fitCalibration({ images: chosen, truth: known, config, ...options })
  return {
    set: {
      ...set,
      images: set.images.map((image) => ({ ...image, committed: null })),
      config: calibratedConfig(config, { ...fitted, reference: null }),
    },
    fitted,
  }
}

function belongs({ part, file_name }: LabelledImage, asked: string): boolean {
  return part === null ? new RegExp(asked).test(file_name) : part === asked
}

/** What was fitted, for a person: one line for each detector, then the rules. */
export function fittedLines({ sources, rules, after }: FittedCalibration): string {
  const digits = (value: number | null, places = 4) => (value === null ? '-' : value.toFixed(places))
  const lines = [...sources].map(
    ([name, { ap, ece_before, ece_after, weight, calibration_by_size, hits, detections }]) => {
      const sizes = Object.keys(calibration_by_size).join(' ') || 'none'
      return `${name.padEnd(24)} AP ${digits(ap, 3)}  ECE ${digits(ece_before)} -> ${digits(ece_after)} (held out)  weight ${digits(weight, 3)}  ${hits} hits of ${detections}  curves by size: ${sizes}`
    },
  )
  const { precision, recall, f1 } = after.regions
  return [
    ...lines,
    `rules ${JSON.stringify(rules)}`,
    `on the fitted images: precision ${digits(precision, 3)} recall ${digits(recall, 3)} F1 ${digits(f1, 3)}`,
  ].join('\n')
}
