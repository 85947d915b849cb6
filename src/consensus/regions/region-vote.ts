import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { supportOf } from '../reject.js'
import { compareText } from '../source.js'
import type { Electorate } from './electorate.js'
import type { ObservedObject } from './observed-objects.js'
import type { RegionCandidate } from './region-candidates.js'

/** How a region fared: the rule that let it pass, or the one that stopped it with the values that failed. */
export interface RegionVerdict {
  readonly passed: boolean
  readonly rule: string
  /** Annotators whose calibrated score reached their threshold, and their distinct families. */
  readonly support: string[]
  readonly votes: number
  readonly supporters: readonly ObservedObject[]
  readonly reason: string | null
  readonly failed: Readonly<Record<string, unknown>>
}

/**
 * The vote on one region. It passes with a label of people; with the votes of `min_votes` families (of all that know the
 * label, if these are fewer but more than one) and the fused score `region_score`; unopposed, when every family that
 * knows the label votes for it and one of them reaches `unopposed_score`; or by one family's solo score. `label_rules` may
 * ask for other numbers where the region has a certain label.
 */
export function voteOnRegion(region: RegionCandidate, electorate: Electorate, config: ConsensusConfig): RegionVerdict {
  const rules = rulesFor(region.label, config)
  const supporters = region.members.filter(
    (member) => member.human || member.score >= thresholdOf(member, region.label, config),
  )
  const { support, votes } = supportOf(supporters)
  const able = new Set(electorate.familiesFor(region.label))
  for (const supporter of supporters) able.add(supporter.family)
  const best = supporters.reduce((highest, member) => Math.max(highest, member.score), 0)
  const needed = Math.max(1, Math.min(rules.min_votes, able.size))
  const lonely = able.size === 1 && rules.min_votes > 1

  const counted = { support, votes, supporters }
  const pass = (rule: string): RegionVerdict => ({ passed: true, rule, ...counted, reason: null, failed: {} })
  const stop = (rule: string, reason: string, failed: Record<string, unknown>): RegionVerdict => ({
    passed: false,
    rule,
    ...counted,
    reason,
    failed: { votes, needed, score: best, ...failed },
  })
  if (supporters.some((member) => member.human)) return pass('human_label')
  if (votes === 0) return stop('score_threshold', 'below_threshold', { ...nearestMiss(region, config) })
  if (!lonely && votes >= needed && region.score >= rules.region_score) return pass('votes')
  if (votes === able.size && best >= rules.unopposed_score) return pass('unopposed')
  if (best >= rules.solo_score) return pass('solo_score')
  if (lonely) return stop('unopposed', 'below_unopposed_score', { threshold: rules.unopposed_score })
  if (votes < needed) {
    return stop('votes', 'too_few_votes', { threshold: rules.solo_score, able: [...able].sort(compareText) })
  }
  return stop('region_score', 'below_region_score', { score: region.score, threshold: rules.region_score })
}

/** What is asked of a region of this label. */
function rulesFor(label: string, config: ConsensusConfig) {
  const own = config.label_rules[label] ?? {}
  return {
    min_votes: own.min_votes ?? config.min_votes,
    region_score: own.region_score ?? config.region_score,
    solo_score: own.solo_score ?? config.solo_score,
    unopposed_score: own.unopposed_score ?? config.unopposed_score,
  }
}

/** The score at which an annotator votes for a label: its own, else the label's, else everyone's. */
export function thresholdOf({ annotator }: ObservedObject, label: string, config: ConsensusConfig): number {
  return config.sources[annotator]?.threshold ?? config.label_rules[label]?.score_threshold ?? config.score_threshold
}

/** The member that came nearest to its threshold. */
function nearestMiss(region: RegionCandidate, config: ConsensusConfig): { score: number; threshold: number } {
  const gaps = region.members.map((member) => ({
    score: member.score,
    threshold: thresholdOf(member, region.label, config),
  }))
  return gaps.reduce((a, b) => (b.score - b.threshold > a.score - a.threshold ? b : a), { score: 0, threshold: 1 })
}
