import { annotatorName } from '../../schemas/annotator-use.js'
import { type Calibration, calibrationReference } from '../../schemas/calibration.js'
import { FldError } from '../../schemas/errors.js'
import type { Pipeline } from '../../schemas/pipeline.js'
import type { PlannedAnnotator } from '../../schemas/run.js'
import { calibratedConfig } from '../consensus/calibration/index.js'

/**
 * A pipeline whose consensus takes the scores of its annotators as a calibration has them, under the rules that go with
 * it, and says which calibration that was. Throws FldError `config_invalid` where it knows none of the annotators.
 */
export function withCalibration(pipeline: Pipeline, calibration: Calibration): Pipeline {
  const reference = calibrationReference(calibration)
  const names = pipeline.stages.flatMap(({ annotators }) => annotators.map(annotatorName))
  const sources = new Map(Object.entries(calibration.sources).filter(([name]) => names.includes(name)))
  if (sources.size === 0) {
    const known = Object.keys(calibration.sources).join(', ')
    const message = `calibration ${reference} is of ${known}; pipeline "${pipeline.name}" has ${names.join(', ')}: none of them`
    throw new FldError('config_invalid', message, { details: { calibration: reference } })
  }
  const consensus = calibratedConfig(pipeline.consensus, { sources, rules: calibration.rules, reference })
  return { ...pipeline, consensus }
}

/**
 * What a person should know who lays a calibration over a run: annotators that name objects and are not in it are heard
 * with raw scores under rules for calibrated ones; of another model, or with other options, a curve may not fit.
 */
export function calibrationNotes(annotators: readonly PlannedAnnotator[], calibration: Calibration): string[] {
  const reference = calibrationReference(calibration)
  return annotators.flatMap(({ name, digest, produces }) => {
    const fitted = calibration.sources[name]
    if (fitted === undefined) {
      if (!produces.includes('object')) return []
      return [`calibration ${reference} does not know annotator ${name}: its scores are taken as they are`]
    }
    if (fitted.digest === digest) return []
    return [
      `calibration ${reference} was fitted on annotator ${name} with digest ${fitted.digest}, this run has ${digest}: another model or other options, for which its curve may not fit`,
    ]
  })
}
