import { areaAt, clipBoxes, copyBox, type Detections, type EnsembleResult, iouAt, unitExtent } from './detections.js'
import { labelRuns } from './label-runs.js'
import { type NmsOptions, pick, shareWeights } from './nms.js'
import { type PlacedBoxes, placedBoxes } from './placed-boxes.js'
import { heapByScore, sink } from './score-heap.js'

export interface SoftNmsOptions extends NmsOptions {
  /** `linear`: times 1 - IoU above `iou`; `gaussian`: times exp(-IoU^2 / sigma). */
  readonly decay: 'linear' | 'gaussian'
  readonly sigma: number
  /** A box whose decayed score is not above this is dropped. */
  readonly minScore: number
}

/**
 * Soft-NMS (Bodla et al., arXiv 1704.04503) within each label. As in the reference implementation the decayed scores only
 * decide what is kept: the scores returned are the original ones. A dropped box has group -1.
 */
export function softNms(detections: Detections, options: SoftNmsOptions): EnsembleResult {
  const boxes = clipBoxes(detections.boxes, options.extent ?? unitExtent)
  const scores = shareWeights(detections, options.weights ?? null)
  const decayed = scores.slice()
  const runs = labelRuns({ labels: detections.labels, priorities: scores }, (index) => areaAt(boxes, index) !== 0)
  const remaining = { boxes, decayed, seen: new Int32Array(scores.length) }
  const keptBoxes = new Float64Array(scores.length * 4)
  // What overlaps a box less does not decay it.
  const iou = options.decay === 'linear' ? options.iou : 0
  const taken: Taken = { kept: [], keptBoxes, placed: placedBoxes({ column: keptBoxes, capacity: scores.length, iou }) }
  for (const members of runs) keepOfLabel(members, remaining, taken, options)
  const { kept } = taken
  const groupOf = new Int32Array(scores.length).fill(-1)
  for (let group = 0; group < kept.length; group++) groupOf[kept[group] ?? 0] = group
  return { ...pick(kept, boxes, scores, detections.labels), groupOf }
}

interface Remaining {
  readonly boxes: Float64Array
  readonly decayed: Float64Array
  /** How many of the kept boxes have decayed the score so far. */
  readonly seen: Int32Array
}

interface Taken {
  readonly kept: number[]
  readonly keptBoxes: Float64Array
  readonly placed: PlacedBoxes
}

/**
 * Takes the strongest remaining box of one label again and again. Scores only fall, so a box is held against the kept ones
 * only when it leads the heap: if it still does then, it is the strongest. What has fallen to the lowest score is dropped
 * at once: all that it could still decay is weaker.
 */
function keepOfLabel(members: Int32Array, remaining: Remaining, taken: Taken, options: SoftNmsOptions): void {
  const { boxes, decayed, seen } = remaining
  const { kept, keptBoxes, placed } = taken
  const first = kept.length
  placed.begin(members, boxes, first)
  heapByScore(members, decayed)
  for (let left = members.length; left > 0; ) {
    const index = members[0] ?? 0
    const before = decayed[index] ?? 0
    const from = Math.max(first, seen[index] ?? 0)
    if (from < kept.length) decayed[index] = decayedScore(index, from, remaining, taken, options)
    seen[index] = kept.length
    const score = decayed[index] ?? 0
    const stays = score < before && score > options.minScore
    if (!stays) members[0] = members[--left] ?? 0
    sink(members, left, 0, decayed)
    if (stays || !(score > options.minScore)) continue
    copyBox(boxes, index, keptBoxes, kept.length)
    placed.place(kept.length)
    kept.push(index)
  }
}

/** The score of a box after the kept ones of its label from `from` on have decayed it, in the order they were kept. */
function decayedScore(
  index: number,
  from: number,
  { boxes, decayed }: Remaining,
  { keptBoxes, placed }: Taken,
  options: SoftNmsOptions,
): number {
  let score = decayed[index] ?? 0
  const count = placed.nearSince(from, boxes, index)
  for (let at = 0; at < count; at++) {
    const overlap = iouAt(keptBoxes, placed.found[at] ?? 0, boxes, index)
    if (overlap > 0) score *= decayFactor(overlap, options)
  }
  return score
}

function decayFactor(overlap: number, options: SoftNmsOptions): number {
  if (options.decay === 'gaussian') return Math.exp(-(overlap * overlap) / options.sigma)
  return overlap > options.iou ? 1 - overlap : 1
}
