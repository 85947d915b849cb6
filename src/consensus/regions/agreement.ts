import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { distinct, type Observed } from '../source.js'

/** An annotator's raw score on the common scale: its calibration curve, then its weight. */
export function calibratedScore(annotator: string, raw: number, config: ConsensusConfig): number {
  const trust = config.sources[annotator]
  if (trust === undefined) return raw
  const score = trust.calibration === undefined ? raw : onCurve(trust.calibration, raw)
  return trust.weight === 1 ? score : 1 - (1 - score) ** trust.weight
}

/**
 * The score of what several families agree on: 1 - product of (1 - score) over the families, each by its best
 * observation. It reads as the chance that not all are wrong, if they err independently (the noisy-or of Pearl,
 * Probabilistic Reasoning in Intelligent Systems, 1988, section 4.3). A vote more never lowers it, and a family that
 * is silent or absent does not change it; on COCO it ranks better than the means of weighted boxes fusion.
 */
export function agreedScore(members: readonly Observed[]): number {
  let doubt = 1
  for (const family of distinct(members.map((member) => member.family))) {
    const best = members.reduce((top, each) => (each.family === family ? Math.max(top, each.score) : top), 0)
    doubt *= 1 - best
  }
  return 1 - doubt
}

function onCurve(points: readonly (readonly [number, number])[], raw: number): number {
  const after = points.findIndex((point) => point[0] >= raw)
  const high = points[after]
  const low = points[after < 0 ? points.length - 1 : after - 1]
  if (high === undefined || low === undefined) return (high ?? low)?.[1] ?? raw
  return low[1] + ((raw - low[0]) / (high[0] - low[0])) * (high[1] - low[1])
}
