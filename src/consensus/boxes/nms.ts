import {
  areaAt,
  clipBoxes,
  copyBox,
  type Detections,
  type EnsembleResult,
  type Extent,
  iouAt,
  unitExtent,
} from './detections.js'
import { labelRuns } from './label-runs.js'
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
  const runs = labelRuns({ labels: detections.labels, priorities: scores }, (index) => areaAt(boxes, index) !== 0)
  const groupOf = new Int32Array(scores.length).fill(-1)
  const kept: number[] = []
  const keptBoxes = new Float64Array(scores.length * 4)
  const placed = placedBoxes({ column: keptBoxes, capacity: scores.length, iou: options.iou })
  for (const members of runs) {
    placed.begin(members, boxes, kept.length)
    for (const index of members) {
      const suppressor = strongestOverlap(placed, keptBoxes, boxes, index, options.iou)
      groupOf[index] = suppressor < 0 ? kept.length : suppressor
      if (suppressor >= 0) continue
      copyBox(boxes, index, keptBoxes, kept.length)
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
  const columns = {
    boxes: new Float64Array(kept.length * 4),
    scores: new Float64Array(kept.length),
    labels: new Int32Array(kept.length),
  }
  for (let at = 0; at < kept.length; at++) {
    const index = kept[at] ?? 0
    copyBox(boxes, index, columns.boxes, at)
    columns.scores[at] = scores[index] ?? 0
    columns.labels[at] = labels[index] ?? 0
  }
  return columns
}
