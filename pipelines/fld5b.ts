import type { PipelineRecipe } from '../schemas/pipeline.js'

/**
 * The recipe of FLD-5B with the model families that people use, from the hub. Region captions and detailed texts ask the
 * endpoint of FLD_ENDPOINT_URL; a run without one goes on without them and says so in its commits.
 */
export const fld5b: PipelineRecipe = {
  name: 'fld5b',
  description:
    'three detectors vote, OCR reads, an endpoint writes, Grounding DINO, SAM and SigLIP ground, mask and measure',
  stages: [
    {
      name: 'specialists',
      annotators: ['fld5b/dfine-s-obj365', 'fld5b/rtdetr-v2-r18', 'fld5b/rfdetr-nano', 'fld5b/ppocr'],
    },
    { name: 'captions', annotators: ['starter/template-caption', 'starter/template-region-caption'] },
    {
      name: 'details',
      annotators: [
        { use: 'fld5b/describe', required: false },
        { use: 'fld5b/detail', required: false },
      ],
    },
    { name: 'grounding', annotators: ['fld5b/grounding-dino-tiny'] },
    { name: 'masks', annotators: ['fld5b/slimsam', 'fld5b/siglip-base'] },
  ],
}
