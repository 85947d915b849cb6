import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { boxIou } from '../../../schemas/geometry.js'
import { wider } from '../../../schemas/vocabularies/index.js'
import { compareText } from '../source.js'
import type { Electorate } from './electorate.js'
import { bestFirst, candidate, isGroup, isHuman, meanBox, type RegionCandidate } from './region-candidates.js'
import { type RegionVerdict, thresholdOf, voteOnRegion } from './region-vote.js'

/**
 * Candidates whose labels are wider and narrower than each other (vehicle, car) and that overlap at or above `cluster_iou`
 * as one: the wider one goes to the narrower one that it overlaps most. A label of people keeps its name and box, and takes
 * the narrower one that it overlaps most. With `label_parents: apart` nothing is done. What the region is called its vote
 * says (`voteUnderNames`).
 */
export function mergeWiderLabels(candidates: readonly RegionCandidate[], config: ConsensusConfig): RegionCandidate[] {
  const labels = new Set(candidates.map(({ label }) => label))
  const related = [...labels].some((label) => wider(label).some((above) => labels.has(above)))
  if (!related || config.label_parents === 'apart') return [...candidates]
  const merged: RegionCandidate[] = []
  for (const each of [...candidates].sort(narrowestFirst)) {
    const home = narrowerHome(each, merged, config)
    const host = merged[home]
    if (host === undefined) merged.push(each)
    else merged[home] = joinedCandidate(host, each, config)
  }
  return merged.sort(bestFirst)
}

/** The depth of a label is how many labels are wider. */
function narrowestFirst(a: RegionCandidate, b: RegionCandidate): number {
  return wider(b.label).length - wider(a.label).length || bestFirst(a, b)
}

/** Index of the narrower one that it overlaps most, the first of equal ones; -1 where there is none. Two of people stay two. */
function narrowerHome(each: RegionCandidate, merged: readonly RegionCandidate[], { cluster_iou }: ConsensusConfig) {
  let [home, highest] = [-1, 0]
  for (const [index, narrower] of merged.entries()) {
    if (!wider(narrower.label).includes(each.label) || isGroup(narrower) || isGroup(each)) continue
    if (isHuman(narrower) && isHuman(each)) continue
    const overlap = boxIou(narrower.box, each.box)
    if (overlap < cluster_iou || overlap <= highest) continue
    highest = overlap
    home = index
  }
  return home
}

function joinedCandidate(host: RegionCandidate, each: RegionCandidate, config: ConsensusConfig): RegionCandidate {
  const members = [...host.members, ...each.members]
  const settled = [each, host].find(isHuman)
  const box = settled === undefined ? meanBox(members, config) : settled.box
  return candidate(members, { label: settled?.label ?? host.label, box }, config)
}

/**
 * The vote on a region under each of its names that has a vote, narrowest first, or with `label_parents: wider` the other
 * way round: the first name under which it passes is its label. Who says `car` says `vehicle` too, so that a narrower vote
 * more never costs a region that had passed under the wider name. Where it passes under none, the first name's vote counts.
 */
export function voteUnderNames(
  region: RegionCandidate,
  electorate: Electorate,
  config: ConsensusConfig,
): { readonly region: RegionCandidate; readonly verdict: RegionVerdict } {
  const votes = namesOf(region, config).map((label) => {
    const named = label === region.label ? region : { ...region, label }
    return { region: named, verdict: voteOnRegion(named, electorate, config) }
  })
  const [first] = votes
  return (
    votes.find(({ verdict }) => verdict.passed) ??
    first ?? { region, verdict: voteOnRegion(region, electorate, config) }
  )
}

/** Its own where all members call it the same, or a person did. */
function namesOf(region: RegionCandidate, config: ConsensusConfig): string[] {
  if (isHuman(region) || region.members.every(({ label }) => label === region.label)) return [region.label]
  const voted = region.members.filter((member) => member.score >= thresholdOf(member, member.label, config))
  const names = [...new Set(voted.map(({ label }) => label))].sort(
    (a, b) => wider(b).length - wider(a).length || compareText(a, b),
  )
  return config.label_parents === 'wider' ? names.reverse() : names
}
