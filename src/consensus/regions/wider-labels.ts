import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { boxIou } from '../../../schemas/geometry.js'
import { wider } from '../../../schemas/vocabularies/index.js'
import { compareText } from '../source.js'
import { bestFirst, candidate, isGroup, isHuman, meanBox, type RegionCandidate } from './region-candidates.js'
import { thresholdOf } from './region-vote.js'

/**
 * Candidates whose labels are wider and narrower than each other (vehicle, car) and that overlap at or above `cluster_iou`
 * as one: the wider one goes to the narrower one that it overlaps most. The region is named by the narrowest label that has
 * a vote, or with `label_parents: wider` by the widest; with `apart` nothing is done. A label of people keeps its name and box.
 */
export function mergeWiderLabels(candidates: readonly RegionCandidate[], config: ConsensusConfig): RegionCandidate[] {
  const labels = new Set(candidates.map(({ label }) => label))
  const related = [...labels].some((label) => wider(label).some((above) => labels.has(above)))
  if (!related || config.label_parents === 'apart') return [...candidates]
  const merged: RegionCandidate[] = []
  for (const each of [...candidates].sort(narrowestFirst)) {
    const home = isHuman(each) ? -1 : narrowerHome(each, merged, config)
    const host = merged[home]
    if (host === undefined) merged.push(each)
    else merged[home] = joinedCandidate(host, each, config)
  }
  return merged.map((each) => named(each, config)).sort(bestFirst)
}

/** The depth of a label is how many labels are wider. */
function narrowestFirst(a: RegionCandidate, b: RegionCandidate): number {
  return wider(b.label).length - wider(a.label).length || bestFirst(a, b)
}

/** Index of the narrower one that it overlaps most, the first of equal ones; -1 where there is none. */
function narrowerHome(each: RegionCandidate, merged: readonly RegionCandidate[], { cluster_iou }: ConsensusConfig) {
  let [home, highest] = [-1, 0]
  for (const [index, narrower] of merged.entries()) {
    if (!wider(narrower.label).includes(each.label) || isGroup(narrower)) continue
    const overlap = boxIou(narrower.box, each.box)
    if (overlap < cluster_iou || overlap <= highest) continue
    highest = overlap
    home = index
  }
  return home
}

function joinedCandidate(host: RegionCandidate, each: RegionCandidate, config: ConsensusConfig): RegionCandidate {
  const members = [...host.members, ...each.members]
  const box = isHuman(host) ? host.box : meanBox(members, config)
  return candidate(members, { label: host.label, box }, config)
}

function named(region: RegionCandidate, config: ConsensusConfig): RegionCandidate {
  if (isHuman(region)) return region
  const voted = region.members.filter((member) => member.score >= thresholdOf(member, member.label, config))
  const names = [...new Set(voted.map(({ label }) => label))].sort(
    (a, b) => wider(b).length - wider(a).length || compareText(a, b),
  )
  const label = config.label_parents === 'wider' ? names.at(-1) : names[0]
  return label === undefined ? region : { ...region, label }
}
