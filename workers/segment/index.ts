import type { AnnotatorModule } from '../../src/annotate/contract.js'
import { type SegmentOptions, segmentOptionsSchema } from './options.js'
import { loadSam } from './sam.js'
import { loadSemantic } from './semantic.js'

/**
 * Masks the agreed regions of an image. SAM and SAM 2 are prompted with each region's box; files as Transformers.js
 * repositories have them: onnx/vision_encoder.onnx, onnx/prompt_encoder_mask_decoder.onnx, preprocessor_config.json. A
 * semantic segmenter is one .onnx file and masks the regions whose label it knows. Images without regions have no
 * observations, and neither have regions in which the model sees nothing.
 */
export const segment: AnnotatorModule<SegmentOptions> = {
  name: 'segment',
  version: 1,
  resource: 'cpu',
  needs: 'regions',
  produces: ['mask'],
  options: segmentOptionsSchema,
  operational: ['prompt_batch'],
  load: ({ options, ...context }) =>
    options.model === 'semantic' ? loadSemantic({ ...context, options }) : loadSam({ ...context, options }),
}
