import { z } from 'zod'
import { endpointOptionsShape, maxTokensSchema, maxWordsSchema } from '../../src/models/endpoint/options.js'

/** Options of the `describe` annotator: which regions, how they are cut out, and who is asked. */
export const describeOptionsSchema = z
  .object({
    ...endpointOptionsShape,
    longest_side: endpointOptionsShape.longest_side.default(384),
    /** Asked of each crop; {label} becomes the region's label, for who wants the caption to be led by it. */
    prompt: z
      .string()
      .trim()
      .min(1)
      .max(4000)
      .default(
        'Describe the main object of this picture in one short phrase, such as "a small black dog with a red collar". ' +
          'Say only what can be seen. Answer with the phrase alone.',
      ),
    /** Around the region, as a share of its width and height on each side: some surroundings tell what a thing is. */
    margin: z.number().min(0).max(2).default(0.1),
    /** Regions with a shorter side below this, in pixels, are left out: there is nothing to see in them. */
    min_side: z.number().min(1).max(4096).default(24),
    /** Regions of an image that are described, those with the highest scores. */
    max_regions: z.number().int().min(1).max(500).default(20),
    max_words: maxWordsSchema.default(30),
    max_tokens: maxTokensSchema.default(100),
  })
  .strict()
export type DescribeOptions = z.output<typeof describeOptionsSchema>
