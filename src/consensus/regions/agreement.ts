import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { type Box, boxArea, sizeOfArea } from '../../../schemas/geometry.js'
import { onCurve } from '../calibration/calibration-curve.js'
import type { Observed } from '../source.js'

/**
 * An annotator's raw score on the common scale: by its calibration curve, for boxes of this size where it has one. The weight
 * is `weightedScore`.
 */
export function calibratedScore(annotator: string, raw: number, box: Box, config: ConsensusConfig): number {
  const trust = config.sources[annotator]
  const curve = trust?.calibration_by_size?.[sizeOfArea(boxArea(box))] ?? trust?.calibration
  return curve === undefined ? raw : onCurve(curve, raw)
}

/** The share of a calibrated score that counts beside what others say. */
export function weightedScore(annotator: string, score: number, { sources }: ConsensusConfig): number {
  const weight = sources[annotator]?.weight ?? 1
  return weight === 1 ? score : 1 - (1 - score) ** weight
}

/**
 * The score of what several families agree on: 1 - product of (1 - score) over the families, each by its best
 * observation. It reads as the chance that not all are wrong, if they err independently (the noisy-or of Pearl,
 * Probabilistic Reasoning in Intelligent Systems, 1988, section 4.3); on COCO it ranks better than the means of weighted
 * boxes fusion. Families that were trained on the same images err together: with `furtherVotes` below 1 the factor of the
 * k-th family after the strongest is taken to the power of furtherVotes^k. A vote more never lowers the score, and a
 * family that is silent or absent does not change it.
 */
export function agreedScore(members: readonly Observed[], furtherVotes = 1): number {
  const [only] = members
  if (only !== undefined && members.length === 1) return 1 - (1 - only.score)
  const best = new Map<string, number>()
  for (const { family, score } of members) best.set(family, Math.max(best.get(family) ?? 0, score))
  let [doubt, share] = [1, 1]
  for (const score of [...best.values()].sort((a, b) => b - a)) {
    doubt *= (1 - score) ** share
    share *= furtherVotes
  }
  return 1 - doubt
}
