import type { CalibratedSource } from '../../../schemas/calibration.js'
import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import type { Truth } from '../../measure/index.js'
import { calibratedConfig } from './calibrated-config.js'
import type { AnnotatedImage } from './calibration-samples.js'
import { fusedPrecision } from './fused-figures.js'

/** AP that a member may cost on the labelled images and still be heard: as much as chance moves it. */
const tolerance = 0.001
/** Who would count for less than this is not heard: it costs boxes to fuse and tells nothing. */
const leastWeight = 0.1

type Member = Pick<CalibratedSource, 'ap' | 'weight' | 'calibration' | 'calibration_by_size'>

interface MembersQuestion {
  readonly images: readonly AnnotatedImage[]
  readonly truth: Truth
  readonly config: ConsensusConfig
  /** What all annotators share where scores are calibrated. */
  readonly rules: { readonly further_votes: number }
}

/**
 * The fitted annotators, with weight 0 for those without which the fused regions rank better on the labelled images:
 * beginning with the best one, each next best is heard unless the AP falls. A weak member does not hurt, then, however many
 * there are.
 */
export function usefulMembers<Source extends Member>(
  sources: ReadonlyMap<string, Source>,
  question: MembersQuestion,
): Map<string, Source> {
  const bestFirst = [...sources].sort(([a, one], [b, other]) => (other.ap ?? 0) - (one.ap ?? 0) || (a < b ? -1 : 1))
  const silent = (source: Source): Source => ({ ...source, weight: 0 })
  let heard = new Map(bestFirst.map(([name, source]) => [name, silent(source)]))
  let highest = -1
  for (const [name, source] of bestFirst) {
    if (source.weight < leastWeight) continue
    const withIt = new Map(heard).set(name, source)
    const config = calibratedConfig(question.config, { sources: withIt, rules: question.rules, reference: null })
    const ap = fusedPrecision(question, config) ?? 0
    if (ap < highest - tolerance) continue
    heard = withIt
    highest = ap
  }
  return heard
}
