import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { type Box, boxIou } from '../../../schemas/geometry.js'
import { joinModels } from '../boxes/detections.js'
import { fuseGreedily } from '../boxes/greedy-fusion.js'
import { weightedBoxesFusion } from '../boxes/weighted-boxes-fusion.js'
import { compareBoxes, compareText, type DecidedImage } from '../source.js'
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
 * Fuses the objects of all annotators to candidates, best first: weighted boxes fusion of the coordinates, the agreed
 * score of the families as score. Labels made by people are candidates of their own.
 */
export function fuseCandidates(
  image: DecidedImage,
  observed: readonly ObservedObject[],
  config: ConsensusConfig,
): RegionCandidate[] {
  const machine = observed.filter((object) => !object.human)
  const fused = weightedBoxesFusion(joinModels([objectColumns(machine)]), { iou: config.fusion_iou, extent: image })
  const members = gather(fused.groupOf, machine)
  const human = observed.filter((object) => object.human)
  return [
    ...members.map((group, index) => candidate(group, boxAt(fused.boxes, index))),
    ...human.map((object) => candidate([object], object.box)),
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
    const seed = nearestSeed(seeds, each, config.cluster_iou)
    if (seed !== null) seed.push(each)
    else if (isHuman(each)) seeds.push([each])
    else free.push(each)
  }
  const joined = seeds.map((group) =>
    candidate(
      group.flatMap((each) => each.members),
      group[0]?.box ?? [0, 0, 0, 0],
    ),
  )
  return [...joined, ...joinFree(free, config.cluster_iou)].sort(bestFirst)
}

function joinFree(candidates: readonly RegionCandidate[], iou: number): RegionCandidate[] {
  const { boxes, scores, labels } = joinModels([objectColumns(candidates)])
  const masses = Float64Array.from(candidates, (each) => each.members.reduce((sum, member) => sum + member.score, 0))
  const groups = fuseGreedily({ boxes, labels, priorities: scores, masses }, { iou, box: 'mean', use: () => true })
  return gather(groups.groupOf, candidates).map((group, index) =>
    candidate(
      group.flatMap((each) => each.members),
      boxAt(groups.boxes, index),
    ),
  )
}

/** The region of people's labels that the candidate overlaps most; never one that holds its own annotator's label. */
function nearestSeed(
  seeds: readonly RegionCandidate[][],
  each: RegionCandidate,
  iou: number,
): RegionCandidate[] | null {
  let nearest: RegionCandidate[] | null = null
  let highest = iou
  for (const group of seeds) {
    const seed = group[0]
    if (seed === undefined || seed.label !== each.label) continue
    if (isHuman(each) && group.some((other) => sharesHuman(other, each))) continue
    const overlap = boxIou(seed.box, each.box)
    if (overlap <= highest) continue
    nearest = group
    highest = overlap
  }
  return nearest
}

export function isHuman(region: RegionCandidate): boolean {
  return region.members.some((member) => member.human)
}

function sharesHuman(a: RegionCandidate, b: RegionCandidate): boolean {
  return a.members.some(
    (one) => one.human && b.members.some((other) => other.human && other.annotator === one.annotator),
  )
}

function candidate(members: readonly ObservedObject[], box: Box): RegionCandidate {
  return { label: members[0]?.label ?? '', box, score: agreedScore(members), members }
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

function boxAt(boxes: Float64Array, index: number): Box {
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = boxes.subarray(index * 4, index * 4 + 4)
  return [x1, y1, x2, y2]
}

/** Score from high to low; ties by box, then label. */
export function bestFirst(a: RegionCandidate, b: RegionCandidate): number {
  return b.score - a.score || compareBoxes(a.box, b.box) || compareText(a.label, b.label)
}

function humanFirst(a: RegionCandidate, b: RegionCandidate): number {
  return Number(isHuman(b)) - Number(isHuman(a))
}
