export { type BoxSize, boxSizes } from '../../schemas/geometry.js'
export { cocoFigures, cocoIous } from './average-precision.js'
export { expectedCalibrationError } from './calibration-error.js'
export { bestPerImage, type Detection, type TrueBox, type Truth, truthAbout, truthLabel } from './labelled-boxes.js'
export {
  bestOperatingPoint,
  judge,
  type PrecisionRecall,
  precisionRecall,
  precisionRecallByLabel,
} from './operating-points.js'
