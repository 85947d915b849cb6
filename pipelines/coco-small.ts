import type { PipelineRecipe } from '../schemas/pipeline.js'

/** Three small COCO detectors of different families vote; model files come from a local folder (FLD_MODELS). */
export const cocoSmall: PipelineRecipe = {
  name: 'coco-small',
  description: 'YOLOX-nano, PicoDet-S and DEIMv2-femto vote, OCR reads, captions are composed, DeepLabV3 masks',
  stages: [
    {
      name: 'specialists',
      annotators: ['coco-small/yolox-nano', 'coco-small/picodet-s', 'coco-small/deimv2-femto', 'starter/ppocr'],
    },
    { name: 'captions', annotators: ['starter/template-caption', 'starter/template-region-caption'] },
    { name: 'masks', annotators: [{ use: 'coco-small/deeplabv3', required: false }] },
  ],
}
