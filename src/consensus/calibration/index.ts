export { calibratedConfig } from './calibrated-config.js'
export type { AnnotatedImage } from './calibration-samples.js'
export {
  type CalibrationQuestion,
  type FittedCalibration,
  type FittedSource,
  fitCalibration,
} from './fit-calibration.js'
