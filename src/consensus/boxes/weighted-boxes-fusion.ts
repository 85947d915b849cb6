import {
  areaAt,
  clipBoxes,
  type Detections,
  type EnsembleResult,
  type Extent,
  modelWeights,
  unitExtent,
} from './detections.js'
import { type FusedGroups, fuseGreedily } from './greedy-fusion.js'

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
  const tally = tallyGroups(groups, weighted, models, weights)
  const confidence = { rule: options.confidence ?? 'avg', allowsOverflow: options.allowsOverflow ?? false }
  return {
    boxes: groups.boxes,
    groupOf: groups.groupOf,
    labels: groups.seeds.map((seed) => labels[seed] ?? 0),
    scores: groupScores(tally, weights, confidence),
  }
}

/** Columns over the groups. */
interface GroupTally {
  readonly members: Int32Array
  /** Sum and highest of the weighted scores. */
  readonly sums: Float64Array
  readonly highest: Float64Array
  /** Sum of the members' weights. */
  readonly weights: Float64Array
  /** The same, each model once. */
  readonly modelWeights: Float64Array
}

function tallyGroups(
  { groupOf, count }: FusedGroups,
  weighted: Float64Array,
  models: Int32Array,
  weights: Float64Array,
): GroupTally {
  const tally = {
    members: new Int32Array(count),
    sums: new Float64Array(count),
    highest: new Float64Array(count),
    weights: new Float64Array(count),
    modelWeights: new Float64Array(count),
  }
  const seen = new Uint8Array(count * weights.length)
  for (let index = 0; index < groupOf.length; index++) {
    const group = groupOf[index] ?? -1
    if (group < 0) continue
    const score = weighted[index] ?? 0
    const model = models[index] ?? 0
    const weight = weights[model] ?? 0
    tally.members[group] = (tally.members[group] ?? 0) + 1
    tally.sums[group] = (tally.sums[group] ?? 0) + score
    tally.highest[group] = Math.max(tally.highest[group] ?? 0, score)
    tally.weights[group] = (tally.weights[group] ?? 0) + weight
    const place = group * weights.length + model
    if (seen[place] === 0) tally.modelWeights[group] = (tally.modelWeights[group] ?? 0) + weight
    seen[place] = 1
  }
  return tally
}

function groupScores(tally: GroupTally, weights: Float64Array, confidence: Confidence): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const largest = weights.reduce((highest, weight) => Math.max(highest, weight), 0)
  const counts = { models: weights.length, total, largest }
  return tally.sums.map((_, group) => groupScore(tally, group, counts, confidence))
}

interface Confidence {
  readonly rule: FusionConfidence
  readonly allowsOverflow: boolean
}

function groupScore(
  tally: GroupTally,
  group: number,
  { models, total, largest }: { readonly models: number; readonly total: number; readonly largest: number },
  { rule, allowsOverflow }: Confidence,
): number {
  const sum = tally.sums[group] ?? 0
  const members = tally.members[group] ?? 0
  const weight = tally.weights[group] ?? 0
  const modelWeight = tally.modelWeights[group] ?? 0
  switch (rule) {
    case 'max':
      return (tally.highest[group] ?? 0) / largest
    case 'box_and_model_avg':
      return ((sum / weight) * modelWeight) / total
    case 'absent_model_aware_avg':
      return sum / (weight + total - modelWeight)
    case 'avg':
      return ((sum / members) * (allowsOverflow ? members : Math.min(models, members))) / total
  }
}
