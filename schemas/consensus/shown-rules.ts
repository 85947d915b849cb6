import type { ConsensusConfig } from '../consensus-config.js'

/**
 * Raised when the same observations and rules would show annotators of regions and texts something else: they are then asked
 * anew instead of being found under what they said of other regions.
 */
const shownVersion = 2

/** Numbers that are asked in the final decision only, when everyone has spoken: no annotator is shown anything by them. */
const finalRules: readonly (keyof ConsensusConfig)[] = [
  ...(['mask_score', 'mask_stability', 'moved_region_iou', 'calibration'] as const),
  ...(['texts_per_granularity', 'max_unsupported', 'support_score', 'text_similarity'] as const),
]

/** All of the rules that decides what annotators of later stages are shown, for their digests. */
export function shownRules(config: ConsensusConfig): Readonly<Record<string, unknown>> {
  const shown = Object.entries(config).filter(([key]) => !finalRules.some((final) => final === key))
  return { ...Object.fromEntries(shown), version: shownVersion }
}
