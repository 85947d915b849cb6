export { type BoxSize, boxSizes } from '../../schemas/geometry.js'
export { type CocoFigures, cocoFigures, cocoIous } from './average-precision.js'
export { expectedCalibrationError, type ReliabilityBin, reliability, type ScoredOutcome } from './calibration-error.js'
export { type Detection, type TrueBox, type Truth, truthAbout } from './labelled-boxes.js'
export {
  bestOperatingPoint,
  type JudgedDetection,
  type JudgedDetections,
  judge,
  type OperatingPoint,
  type PrecisionRecall,
  precisionRecall,
  precisionRecallByLabel,
} from './operating-points.js'
