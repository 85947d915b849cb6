import type { PipelineRecipe } from '../schemas/pipeline.js'

/**
 * One Florence-2 checkpoint alone: it says what it sees, then what the regions are and where the phrases of its texts lie.
 * What it says passes by itself, so that a checkpoint can be looked at before it joins the specialists.
 */
export const florence2: PipelineRecipe = {
  name: 'florence2',
  description: 'the Florence-2 checkpoint named florence2 alone: image tasks, then regions, then texts',
  stages: [
    {
      name: 'image',
      annotators: [
        {
          use: 'checkpoint/florence2',
          as: 'florence2-image',
          annotator: 'florence2',
          options: {
            tasks: [
              ...['CAPTION', 'DETAILED_CAPTION', 'MORE_DETAILED_CAPTION', 'OCR', 'OCR_WITH_REGION'],
              ...['OD', 'DENSE_REGION_CAPTION', 'REGION_PROPOSAL'],
            ],
          },
        },
      ],
    },
    {
      name: 'regions',
      annotators: [
        {
          use: 'checkpoint/florence2',
          as: 'florence2-regions',
          annotator: 'florence2Regions',
          options: { tasks: ['REGION_TO_DESCRIPTION', 'REGION_TO_SEGMENTATION'] },
        },
      ],
    },
    {
      name: 'texts',
      annotators: [
        {
          use: 'checkpoint/florence2',
          as: 'florence2-texts',
          annotator: 'florence2Texts',
          options: { tasks: ['CAPTION_TO_PHRASE_GROUNDING'] },
        },
      ],
    },
  ],
  // One family has nobody to agree with. Its scores are probabilities of tokens, which neighbouring locations share: they
  // are lower than a detector's of the same worth. Not tuned on any checkpoint.
  consensus: {
    ...{ min_votes: 1, score_threshold: 0.1, region_score: 0.1, solo_score: 0.1, unopposed_score: 0.1 },
    ...{ text_score: 0.1, text_box_score: 0.1 },
    ...{ phrase_score: 0.1, phrase_box_score: 0.1, mask_score: 0.1 },
  },
}
