export { decideImage, type ImageQuestion } from './decide-image.js'
export {
  type DecidedRegion,
  decideRegions,
  type RegionDecision,
  type RegionQuestion,
  rankCandidates,
} from './decide-regions.js'
export {
  type Detections,
  type EnsembleResult,
  type Extent,
  joinModels,
  type ModelDetections,
} from './detections.js'
export { type NmsOptions, nms } from './nms.js'
export { type NonMaximumWeightedOptions, nonMaximumWeighted } from './non-maximum-weighted.js'
export type { RegionCandidate } from './region-candidates.js'
export type { Reject } from './reject.js'
export { type SoftNmsOptions, softNms } from './soft-nms.js'
export type { DecidedImage, Observed, Source } from './source.js'
export {
  type FusionConfidence,
  type WeightedBoxesFusionOptions,
  weightedBoxesFusion,
} from './weighted-boxes-fusion.js'
