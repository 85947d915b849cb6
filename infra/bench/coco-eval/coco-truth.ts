export { type CocoTruth, readCocoTruth } from '../../../src/run/coco-truth.js'
