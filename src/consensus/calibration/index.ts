export { calibratedConfig } from './calibrated-config.js'
export type { AnnotatedImage } from './calibration-samples.js'
export {
  type FittedCalibration,
  fitCalibration,
} from './fit-calibration.js'
