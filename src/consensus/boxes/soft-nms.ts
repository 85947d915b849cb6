import {
  areaAt,
  byLabelAndPriority,
  clipBoxes,
  type Detections,
  type EnsembleResult,
  iouAt,
  labelRuns,
  unitExtent,
} from './detections.js'
import { type NmsOptions, pick, shareWeights } from './nms.js'

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
  const order = byLabelAndPriority(detections.labels, scores, (index) => areaAt(boxes, index) !== 0)
  for (const members of labelRuns(order, detections.labels)) decayLabel(members, boxes, decayed, options)
  const kept = [...order].filter((index) => (decayed[index] ?? 0) > options.minScore)
  const groupOf = new Int32Array(scores.length).fill(-1)
  for (const [group, index] of kept.entries()) groupOf[index] = group
  return { ...pick(kept, boxes, scores, detections.labels), groupOf }
}

/** Takes the strongest remaining box of one label again and again and decays the others by their overlap with it. */
function decayLabel(members: Int32Array, boxes: Float64Array, decayed: Float64Array, options: SoftNmsOptions): void {
  for (let head = 0; head < members.length; head++) {
    const strongest = strongestFrom(members, head, decayed)
    const index = members[strongest] ?? 0
    members[strongest] = members[head] ?? 0
    members[head] = index
    for (let at = head + 1; at < members.length; at++) {
      const other = members[at] ?? 0
      decayed[other] = (decayed[other] ?? 0) * decayFactor(iouAt(boxes, index, boxes, other), options)
    }
  }
}

/** Place of the highest decayed score from `head` on; of equal ones, the detection that came first. */
function strongestFrom(members: Int32Array, head: number, decayed: Float64Array): number {
  let strongest = head
  for (let at = head + 1; at < members.length; at++) {
    const index = members[at] ?? 0
    const best = members[strongest] ?? 0
    const lead = (decayed[index] ?? 0) - (decayed[best] ?? 0)
    if (lead > 0 || (lead === 0 && index < best)) strongest = at
  }
  return strongest
}

function decayFactor(overlap: number, options: SoftNmsOptions): number {
  if (options.decay === 'gaussian') return Math.exp(-(overlap * overlap) / options.sigma)
  return overlap > options.iou ? 1 - overlap : 1
}
