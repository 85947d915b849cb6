import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { boxIou } from '../../../schemas/geometry.js'
import type { ObservedObject } from './observed-objects.js'
import { bestFirst, isHuman, type RegionCandidate } from './region-candidates.js'
import type { RegionVerdict } from './region-vote.js'

/** A region with how its vote went. */
export interface VotedRegion {
  readonly region: RegionCandidate
  readonly verdict: RegionVerdict
}

/** A region after label conflicts: the labels that lost on the same box, and all observations behind it. */
export interface NamedRegion extends VotedRegion {
  readonly alternatives: readonly string[]
  readonly members: readonly ObservedObject[]
}

/**
 * One box, several labels: the label with most support names the region (people's labels, then votes, then score); others
 * that had a vote at all become its alternatives, whether they would have passed or not. Two labels of people both stay.
 */
export function resolveLabels(
  voted: readonly VotedRegion[],
  config: ConsensusConfig,
): { regions: NamedRegion[]; stopped: VotedRegion[] } {
  const named: { top: VotedRegion; losers: VotedRegion[] }[] = []
  const stopped: VotedRegion[] = []
  for (const each of [...voted].sort(mostSupport)) {
    const home = each.verdict.votes > 0 ? named.find(({ top }) => losesTo(each, top, config)) : undefined
    if (home !== undefined) home.losers.push(each)
    else if (each.verdict.passed) named.push({ top: each, losers: [] })
    else stopped.push(each)
  }
  return { regions: named.map(({ top, losers }) => nameRegion(top, losers)), stopped }
}

function losesTo(each: VotedRegion, top: VotedRegion, config: ConsensusConfig): boolean {
  if (each.region.label === top.region.label) return false
  if (isHuman(each.region) && isHuman(top.region)) return false
  return boxIou(each.region.box, top.region.box) >= config.label_conflict_iou
}

function nameRegion(top: VotedRegion, losers: readonly VotedRegion[]): NamedRegion {
  const labels = losers.map((loser) => loser.region.label)
  const members = [top, ...losers].flatMap((each) => each.region.members)
  return { ...top, alternatives: labels.filter((label, index) => labels.indexOf(label) === index), members }
}

/** What passed before what did not; then people's labels, votes, score. */
function mostSupport(a: VotedRegion, b: VotedRegion): number {
  return (
    Number(b.verdict.passed) - Number(a.verdict.passed) ||
    Number(isHuman(b.region)) - Number(isHuman(a.region)) ||
    b.verdict.votes - a.verdict.votes ||
    bestFirst(a.region, b.region)
  )
}
