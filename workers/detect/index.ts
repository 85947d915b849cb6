import type { AnnotatorModule } from '../../src/annotate/contract.js'
import { loadDetector } from './detector.js'
import { type DetectOptions, detectOptionsSchema } from './options.js'

/** Detects objects of a closed vocabulary with one ONNX model; the options name its decoder. */
export const detect: AnnotatorModule<DetectOptions> = {
  name: 'detect',
  version: 1,
  resource: 'cpu',
  needs: 'image',
  produces: ['object'],
  options: detectOptionsSchema,
  operational: ['model_batch'],
  load: loadDetector,
}
