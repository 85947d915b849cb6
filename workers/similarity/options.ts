import { z } from 'zod'

/** Options of the `similarity` annotator; the rest is in the model's own files. */
export const similarityOptionsSchema = z
  .object({
    /** Images and crops, or texts, in one run of the model. */
    batch: z.number().int().min(1).max(256).default(8),
    /** What a region's crop shows around its box: a share of the box's width and height, on each side. */
    crop_margin: z.number().min(0).max(4).default(0.1),
    /**
     * What SigLIP multiplies the cosine with: the checkpoint's logit_scale, exponentiated. It is a weight, in no
     * configuration file and in neither tower.
     */
    logit_scale: z.number().positive().optional(),
    /** What SigLIP adds to it: the checkpoint's logit_bias. */
    logit_bias: z.number().optional(),
  })
  .strict()
export type SimilarityOptions = z.infer<typeof similarityOptionsSchema>
