import type { CalibratedRules, CalibratedSource } from '../../../schemas/calibration.js'
import type { ConsensusConfig } from '../../../schemas/consensus-config.js'

/** What is laid over a configuration. */
export interface CalibrationLayer {
  readonly sources: ReadonlyMap<string, Pick<CalibratedSource, 'weight' | 'calibration' | 'calibration_by_size'>>
  readonly rules: Partial<CalibratedRules>
  /** `name@version`; null for what was only just fitted. */
  readonly reference: string | null
}

/**
 * A configuration with fitted curves, weights and rules in place of its own: thresholds that were chosen for raw scores mean
 * something else on calibrated ones. What it says of single labels, and of annotators that were not fitted, stays.
 */
export function calibratedConfig(
  config: ConsensusConfig,
  { sources, rules, reference }: CalibrationLayer,
): ConsensusConfig {
  const laid = [...sources].map(([annotator, { weight, calibration, calibration_by_size }]) => [
    annotator,
    { weight, calibration, calibration_by_size },
  ])
  return { ...config, ...rules, sources: { ...config.sources, ...Object.fromEntries(laid) }, calibration: reference }
}
