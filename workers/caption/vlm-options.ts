import { z } from 'zod'
import { type Granularity, granularities } from '../../schemas/observation.js'
import { endpointOptionsShape, maxTokensSchema, maxWordsSchema } from '../../src/models/endpoint/options.js'

/** What a vision model is asked for, and how long its text may be, where the options say nothing of it. */
export const askedByDefault: Readonly<Record<Granularity, { readonly prompt: string; readonly maxWords: number }>> = {
  brief: {
    prompt: 'Describe this image in one short sentence. Say only what can be seen. Answer with the sentence alone.',
    maxWords: 40,
  },
  detailed: {
    prompt:
      'Describe this image in two or three sentences: what there is, how it looks, what happens and where. ' +
      'Say only what can be seen, in plain prose, and begin with the description itself.',
    maxWords: 80,
  },
  more_detailed: {
    prompt:
      'Describe this image in one paragraph of five to ten sentences: everything that matters in it, its looks, colours ' +
      'and actions, how things lie to each other, the text in it, the background and the mood. ' +
      'Say only what can be seen, in plain prose, and begin with the description itself.',
    maxWords: 200,
  },
}

/** Options of the `caption-vlm` annotator. */
export const vlmOptionsSchema = z
  .object({
    ...endpointOptionsShape,
    granularity: z.enum(granularities).default('brief'),
    /** In place of the prompt that goes with the granularity. */
    prompt: z.string().trim().min(1).max(4000).optional(),
    /** Words beyond which a text is rejected: 40, 80 or 200 by granularity where absent. */
    max_words: maxWordsSchema.optional(),
    max_tokens: maxTokensSchema.default(512),
  })
  .strict()
export type VlmOptions = z.output<typeof vlmOptionsSchema>
