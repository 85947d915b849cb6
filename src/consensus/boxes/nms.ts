import {
  areaAt,
  byLabelAndPriority,
  clipBoxes,
  type Detections,
  type EnsembleResult,
  type Extent,
  iouAt,
  labelRuns,
  unitExtent,
} from './detections.js'
import { type PlacedBoxes, placedBoxes } from './placed-boxes.js'

export interface NmsOptions {
  /** One weight per model: scores are multiplied by weight / sum of weights. Null, or a wrong count, leaves them. */
  readonly weights?: readonly number[] | null
  /** A box is dropped when its IoU with a kept, stronger one of its label is above this. */
  readonly iou: number
  /** What boxes are clipped to; 1 x 1 unless told. */
  readonly extent?: Extent
}

/**
 * Greedy non-maximum suppression within each label. A dropped box goes into the group of the strongest box that dropped
 * it. No detections give no boxes (the reference implementation raises an error there).
 */
export function nms(detections: Detections, options: NmsOptions): EnsembleResult {
  const boxes = clipBoxes(detections.boxes, options.extent ?? unitExtent)
  const scores = shareWeights(detections, options.weights ?? null)
  const order = byLabelAndPriority(detections.labels, scores, (index) => areaAt(boxes, index) !== 0)
  const groupOf = new Int32Array(scores.length).fill(-1)
  const kept: number[] = []
  const keptBoxes = new Float64Array(order.length * 4)
  for (const members of labelRuns(order, detections.labels)) {
    const placed = placedBoxes(members, boxes, { column: keptBoxes, first: kept.length, iou: options.iou })
    for (const index of members) {
      const suppressor = strongestOverlap(placed, keptBoxes, boxes, index, options.iou)
      groupOf[index] = suppressor < 0 ? kept.length : suppressor
      if (suppressor >= 0) continue
      keptBoxes.set(boxes.subarray(index * 4, index * 4 + 4), kept.length * 4)
      placed.place(kept.length)
      kept.push(index)
    }
  }
  return { ...pick(kept, boxes, scores, detections.labels), groupOf }
}

/** The strongest kept box with an IoU above the threshold, -1 when there is none. */
function strongestOverlap(
  placed: PlacedBoxes,
  keptBoxes: Float64Array,
  boxes: Float64Array,
  index: number,
  iou: number,
): number {
  let strongest = -1
  const count = placed.near(boxes, index)
  for (let at = 0; at < count; at++) {
    const group = placed.found[at] ?? 0
    if (strongest >= 0 && group > strongest) continue
    if (iouAt(keptBoxes, group, boxes, index) > iou) strongest = group
  }
  return strongest
}

/** Scores multiplied by each model's share of the weights. */
export function shareWeights(detections: Detections, weights: readonly number[] | null): Float64Array {
  if (weights === null || weights.length !== detections.modelCount) return detections.scores.slice()
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return detections.scores.map((score, index) => (score * (weights[detections.models[index] ?? 0] ?? 0)) / total)
}

/** The columns of the kept detections. */
export function pick(
  kept: readonly number[],
  boxes: Float64Array,
  scores: Float64Array,
  labels: Int32Array,
): Omit<EnsembleResult, 'groupOf'> {
  const keptBoxes = new Float64Array(kept.length * 4)
  for (const [at, index] of kept.entries()) keptBoxes.set(boxes.subarray(index * 4, index * 4 + 4), at * 4)
  return {
    boxes: keptBoxes,
    scores: Float64Array.from(kept, (index) => scores[index] ?? 0),
    labels: Int32Array.from(kept, (index) => labels[index] ?? 0),
  }
}
