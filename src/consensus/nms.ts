import {
  areaAt,
  byLabelAndPriority,
  clipBoxes,
  type Detections,
  type EnsembleResult,
  type Extent,
  iouAt,
  unitExtent,
} from './detections.js'

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
  let label = Number.NaN
  let first = 0
  for (const index of order) {
    if (detections.labels[index] !== label) {
      label = detections.labels[index] ?? 0
      first = kept.length
    }
    let group = first
    while (group < kept.length && iouAt(boxes, index, boxes, kept[group] ?? 0) <= options.iou) group++
    if (group === kept.length) kept.push(index)
    groupOf[index] = group
  }
  return { ...pick(kept, boxes, scores, detections.labels), groupOf }
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
  return {
    boxes: Float64Array.from(kept.flatMap((index) => [...boxes.subarray(index * 4, index * 4 + 4)])),
    scores: Float64Array.from(kept, (index) => scores[index] ?? 0),
    labels: Int32Array.from(kept, (index) => labels[index] ?? 0),
  }
}
