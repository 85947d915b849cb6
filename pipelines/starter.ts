import type { PipelineRecipe } from '../schemas/pipeline.js'

/** Everything from the npm registry: two detectors, OCR and composed texts. Runs on any machine with Node. */
export const starter: PipelineRecipe = {
  name: 'starter',
  description: 'two COCO detectors and OCR from the npm registry, composed captions',
  stages: [
    { name: 'specialists', annotators: ['starter/nanodet', 'starter/centernet', 'starter/ppocr'] },
    { name: 'captions', annotators: ['starter/template-caption'] },
  ],
}
