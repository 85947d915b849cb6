import { z } from 'zod'
import { endpointOptionsShape, maxTokensSchema, maxWordsSchema } from '../../src/models/endpoint/options.js'

/** Options of the `detail` annotator: which texts, from what, and who is asked. */
export const detailOptionsSchema = z
  .object({
    ...endpointOptionsShape,
    /** True: the model sees the image beside the notes. False: the notes are all it has, for models without eyes. */
    vision: z.boolean().default(true),
    /** The texts that are written, each with a request of its own. */
    granularities: z
      .array(z.enum(['detailed', 'more_detailed']))
      .min(1)
      .refine((names) => new Set(names).size === names.length, 'expected each granularity once')
      .default(['detailed', 'more_detailed']),
    /** Tokens of the prompt's text, at 4 characters each: notes that do not fit are left out, those of the lowest score first. */
    prompt_tokens: z.number().int().min(400).max(100_000).default(1500),
    /** Words asked for at most, and beyond which a text is rejected. */
    max_words: z
      .object({ detailed: maxWordsSchema.default(80), more_detailed: maxWordsSchema.default(200) })
      .strict()
      .prefault({}),
    max_tokens: maxTokensSchema.default(512),
  })
  .strict()
export type DetailOptions = z.output<typeof detailOptionsSchema>
export type DetailGranularity = DetailOptions['granularities'][number]
