import type { PipelineRecipe } from '../schemas/pipeline.js'

/** Everything from the npm registry: two detectors, OCR and composed texts. Runs on any machine with Node. */
export const starter: PipelineRecipe = {
  name: 'starter',
  description: 'two COCO detectors and OCR from the npm registry, composed captions',
  stages: [
    { name: 'specialists', annotators: ['starter/nanodet', 'starter/centernet', 'starter/ppocr'] },
    { name: 'captions', annotators: ['starter/template-caption', 'starter/template-region-caption'] },
  ],
  // Two modest detectors that must agree: lower thresholds than for three. On 159 labelled COCO images precision .73 at
  // recall .34; the better of the two alone has .54 at .42 (infra/bench/coco-eval).
  consensus: { score_threshold: 0.2, region_score: 0.5 },
}
