import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { type Box, boxIou } from '../../../schemas/geometry.js'
import { joinModels } from '../boxes/detections.js'
import { fuseGreedily } from '../boxes/greedy-fusion.js'
import { compareBoxes, compareText } from '../source.js'
import { agreedScore } from './agreement.js'
import { type ObservedObject, objectColumns } from './observed-objects.js'

/** Observations of one label that stand for one object, fused; not voted on yet. */
export interface RegionCandidate {
  /** Canonical label. */
  readonly label: string
  /** Fused, in pixels. */
  readonly box: Box
  /** Agreed score of the members, 0-1: what ranks candidates. */
  readonly score: number
  readonly members: readonly ObservedObject[]
}

/**
 * Fuses the objects of all annotators to candidates, best first: grouped as weighted boxes fusion does, coordinates the mean
 * by `box_sharpness`, the agreed score of the families as score. Labels made by people are candidates of their own.
 */
export function fuseCandidates(observed: readonly ObservedObject[], config: ConsensusConfig): RegionCandidate[] {
  const machine = observed.filter((object) => !object.human)
  const { boxes, scores, labels } = joinModels([objectColumns(machine)])
  const items = { boxes, labels, priorities: scores, masses: scores }
  const { groupOf } = fuseGreedily(items, { iou: config.fusion_iou, box: 'mean', use: () => true })
  const human = observed.filter((object) => object.human)
  return [
    ...gather(groupOf, machine).map((group) => fusedCandidate(group, config)),
    ...human.map((object) => candidate([object], { label: object.label, box: object.box }, config)),
  ].sort(bestFirst)
}

/**
 * Candidates of one label that are near enough to be one region, joined. A region with a label of people keeps its box,
 * and no two labels of one person's file are joined.
 */
export function joinCandidates(candidates: readonly RegionCandidate[], config: ConsensusConfig): RegionCandidate[] {
  const seeds: RegionCandidate[][] = []
  const free: RegionCandidate[] = []
  for (const each of [...candidates].sort(bestFirst).sort(humanFirst)) {
    const seed = nearestSeed(seeds, each, config)
    if (seed !== null) seed.push(each)
    else if (isHuman(each)) seeds.push([each])
    else free.push(each)
  }
  const joined = seeds.flatMap((group) => {
    const [seed] = group
    const members = group.flatMap((each) => each.members)
    return seed === undefined ? [] : [candidate(members, seed, config)]
  })
  return [...joined, ...joinFree(free, config)].sort(bestFirst)
}

function joinFree(candidates: readonly RegionCandidate[], config: ConsensusConfig): RegionCandidate[] {
  const { boxes, scores, labels } = joinModels([objectColumns(candidates)])
  const masses = Float64Array.from(candidates, (each) => each.members.reduce((sum, member) => sum + member.score, 0))
  const items = { boxes, labels, priorities: scores, masses }
  const { groupOf } = fuseGreedily(items, { iou: config.cluster_iou, box: 'mean', use: () => true })
  return gather(groupOf, candidates).map((group) => {
    const [only] = group
    if (only !== undefined && group.length === 1) return only
    return fusedCandidate(
      group.flatMap((each) => each.members),
      config,
    )
  })
}

/** The region of people's labels that the candidate overlaps most; never one that holds its own annotator's label. */
function nearestSeed(
  seeds: readonly RegionCandidate[][],
  each: RegionCandidate,
  config: ConsensusConfig,
): RegionCandidate[] | null {
  let nearest: RegionCandidate[] | null = null
  let highest = config.cluster_iou
  for (const group of seeds) {
    const seed = group[0]
    if (seed === undefined || seed.label !== each.label) continue
    if (isHuman(each) && group.some((other) => sharesHuman(other, each))) continue
    const overlap = boxIou(seed.box, each.box)
    // What overlaps a group of things a little is one of them.
    if (overlap <= highest || (isGroup(seed) && (overlap <= config.fusion_iou || isHuman(each)))) continue
    nearest = group
    highest = overlap
  }
  return nearest
}

export function isHuman(region: RegionCandidate): boolean {
  return region.members.some((member) => member.human)
}

/** One box around many things, by the word of people: no machine's box was told for one by what lies in it. */
export function isGroup(region: RegionCandidate): boolean {
  return region.members.some(({ observation, human }) => human && observation.is_group === true)
}

function sharesHuman(a: RegionCandidate, b: RegionCandidate): boolean {
  return a.members.some(
    (one) => one.human && b.members.some((other) => other.human && other.annotator === one.annotator),
  )
}

/** Members of one thing as a candidate; the label is the first member's, who are all of one. */
function fusedCandidate(members: readonly ObservedObject[], config: ConsensusConfig): RegionCandidate {
  return candidate(members, { label: members[0]?.label ?? '', box: meanBox(members, config) }, config)
}

/** Members as a candidate of a label and a box that are settled. */
export function candidate(
  members: readonly ObservedObject[],
  { label, box }: Pick<RegionCandidate, 'label' | 'box'>,
  config: ConsensusConfig,
): RegionCandidate {
  return { label, box, score: agreedScore(members, config.further_votes), members }
}

/**
 * The mean of the members' coordinates, each weighed by its score to the power of `box_sharpness`: an unsure member hardly
 * moves a sure one's box.
 */
export function meanBox(members: readonly ObservedObject[], { box_sharpness }: ConsensusConfig): Box {
  const [only] = members
  if (only !== undefined && members.length === 1) return only.box
  const top = members.reduce((highest, { score }) => Math.max(highest, score), 0)
  // Relative to the highest, so that small scores do not vanish.
  const weights = members.map(({ score }) => (top > 0 ? (score / top) ** box_sharpness : 1))
  const mass = weights.reduce((sum, weight) => sum + weight, 0)
  const mean = (side: 0 | 1 | 2 | 3): number => {
    const sides = members.map(({ box }) => box[side])
    const sum = sides.reduce((total, value, index) => total + value * (weights[index] ?? 0), 0)
    // Rounding must not carry it over the edge of the image.
    return Math.min(Math.max(...sides), Math.max(Math.min(...sides), sum / mass))
  }
  return [mean(0), mean(1), mean(2), mean(3)]
}

function gather<Item>(groupOf: Int32Array, items: readonly Item[]): Item[][] {
  const groups: Item[][] = []
  for (const [index, item] of items.entries()) {
    const group = groupOf[index] ?? -1
    if (group < 0) continue
    const members = groups[group]
    if (members === undefined) groups[group] = [item]
    else members.push(item)
  }
  return groups
}

/** Score from high to low; ties by box, then label. */
export function bestFirst(a: RegionCandidate, b: RegionCandidate): number {
  return b.score - a.score || compareBoxes(a.box, b.box) || compareText(a.label, b.label)
}

function humanFirst(a: RegionCandidate, b: RegionCandidate): number {
  return Number(isHuman(b)) - Number(isHuman(a))
}
