import {
  areaAt,
  clipBoxes,
  type Detections,
  type EnsembleResult,
  type Extent,
  modelWeights,
  unitExtent,
} from './detections.js'
import { fuseGreedily } from './greedy-fusion.js'

/** How the scores of a group become one; see the reference's README for the four names. */
export type FusionConfidence = 'avg' | 'max' | 'box_and_model_avg' | 'absent_model_aware_avg'

export interface WeightedBoxesFusionOptions {
  /** One weight per model; null, or a wrong count, weighs all alike. */
  readonly weights?: readonly number[] | null
  /** A box joins a group above this IoU with the group's fused box. */
  readonly iou: number
  /** Detections below this raw score are left out. */
  readonly minScore?: number
  readonly confidence?: FusionConfidence
  /** With `avg`: let a group with more boxes than models score above its mean. */
  readonly allowsOverflow?: boolean
  /** What boxes are clipped to; 1 x 1 unless told. */
  readonly extent?: Extent
}

/**
 * Weighted boxes fusion (Solovyev, Wang, Gabruseva, arXiv 1910.13302), with the results of the authors' implementation
 * (ZFTurbo/Weighted-Boxes-Fusion). Corners may be swapped; boxes without area after clipping are left out.
 */
export function weightedBoxesFusion(detections: Detections, options: WeightedBoxesFusionOptions): EnsembleResult {
  const { scores, labels, models, modelCount } = detections
  const weights = modelWeights(options.weights ?? null, modelCount)
  const boxes = clipBoxes(detections.boxes, options.extent ?? unitExtent)
  const weighted = scores.map((score, index) => score * (weights[models[index] ?? 0] ?? 0))
  const minScore = options.minScore ?? 0
  const groups = fuseGreedily(
    { boxes, labels, priorities: weighted, masses: weighted },
    { iou: options.iou, box: 'mean', use: (index) => (scores[index] ?? 0) >= minScore && areaAt(boxes, index) !== 0 },
  )
  const tally = tallyGroups(groups.groupOf, groups.count, weighted, models, weights)
  const confidence = options.confidence ?? 'avg'
  return {
    boxes: groups.boxes,
    groupOf: groups.groupOf,
    labels: groups.seeds.map((seed) => labels[seed] ?? 0),
    scores: Float64Array.from(tally, (group) =>
      groupScore(group, confidence, weights, options.allowsOverflow ?? false),
    ),
  }
}

interface GroupTally {
  members: number
  /** Sum and highest of the weighted scores. */
  sum: number
  highest: number
  /** Sum of the members' weights. */
  weight: number
  /** The same, each model once. */
  modelWeight: number
}

function tallyGroups(
  groupOf: Int32Array,
  count: number,
  weighted: Float64Array,
  models: Int32Array,
  weights: Float64Array,
): GroupTally[] {
  const tally = Array.from({ length: count }, () => ({ members: 0, sum: 0, highest: 0, weight: 0, modelWeight: 0 }))
  const seen = new Set<number>()
  for (const [index, groupIndex] of groupOf.entries()) {
    const group = tally[groupIndex]
    if (group === undefined) continue
    const score = weighted[index] ?? 0
    const model = models[index] ?? 0
    const weight = weights[model] ?? 0
    group.members++
    group.sum += score
    group.highest = Math.max(group.highest, score)
    group.weight += weight
    const key = groupIndex * weights.length + model
    if (!seen.has(key)) group.modelWeight += weight
    seen.add(key)
  }
  return tally
}

function groupScore(
  group: GroupTally,
  confidence: FusionConfidence,
  weights: Float64Array,
  allowsOverflow: boolean,
): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  switch (confidence) {
    case 'max':
      return group.highest / weights.reduce((highest, weight) => Math.max(highest, weight), 0)
    case 'box_and_model_avg':
      return ((group.sum / group.weight) * group.modelWeight) / total
    case 'absent_model_aware_avg':
      return group.sum / (group.weight + total - group.modelWeight)
    case 'avg': {
      const counted = allowsOverflow ? group.members : Math.min(weights.length, group.members)
      return ((group.sum / group.members) * counted) / total
    }
  }
}
