import {
  areaAt,
  clipBoxes,
  type Detections,
  type EnsembleResult,
  type Extent,
  iouAt,
  modelWeights,
  unitExtent,
} from './detections.js'
import { fuseGreedily } from './greedy-fusion.js'

export interface NonMaximumWeightedOptions {
  /** One weight per model; null, or a wrong count, weighs all alike. Weights are divided by the largest. */
  readonly weights?: readonly number[] | null
  /** A box joins a group above this IoU with the group's strongest box. */
  readonly iou: number
  /** Detections below this raw score are left out. */
  readonly minScore?: number
  /** What boxes are clipped to; 1 x 1 unless told. */
  readonly extent?: Extent
}

/**
 * Non-maximum weighted (Zhou et al., "CAD: Scale Invariant Framework for Real-Time Object Detection", ICCVW 2017): the
 * group's box is the mean of its members weighed by score times IoU with the strongest one, whose score it keeps.
 */
export function nonMaximumWeighted(detections: Detections, options: NonMaximumWeightedOptions): EnsembleResult {
  const { scores, labels, models } = detections
  const weights = modelWeights(options.weights ?? null, detections.modelCount)
  const largest = weights.reduce((highest, weight) => Math.max(highest, weight), 0)
  const boxes = clipBoxes(detections.boxes, options.extent ?? unitExtent)
  const weighted = scores.map((score, index) => (score * (weights[models[index] ?? 0] ?? 0)) / largest)
  const minScore = options.minScore ?? 0
  const groups = fuseGreedily(
    { boxes, labels, priorities: weighted, masses: weighted },
    { iou: options.iou, box: 'seed', use: (index) => (scores[index] ?? 0) >= minScore && areaAt(boxes, index) !== 0 },
  )
  return {
    boxes: meanBoxes(groups.groupOf, groups.seeds, boxes, weighted),
    groupOf: groups.groupOf,
    labels: groups.seeds.map((seed) => labels[seed] ?? 0),
    scores: Float64Array.from(groups.seeds, (seed) => weighted[seed] ?? 0),
  }
}

function meanBoxes(groupOf: Int32Array, seeds: Int32Array, boxes: Float64Array, weighted: Float64Array): Float64Array {
  const sums = new Float64Array(seeds.length * 4)
  const masses = new Float64Array(seeds.length)
  for (let index = 0; index < groupOf.length; index++) {
    const group = groupOf[index] ?? -1
    if (group < 0) continue
    const mass = (weighted[index] ?? 0) * iouAt(boxes, index, boxes, seeds[group] ?? 0)
    masses[group] = (masses[group] ?? 0) + mass
    for (let side = 0; side < 4; side++) {
      sums[group * 4 + side] = (sums[group * 4 + side] ?? 0) + mass * (boxes[index * 4 + side] ?? 0)
    }
  }
  return sums.map((sum, at) => {
    const group = Math.floor(at / 4)
    const mass = masses[group] ?? 0
    return mass > 0 ? sum / mass : (boxes[(seeds[group] ?? 0) * 4 + (at % 4)] ?? 0)
  })
}
