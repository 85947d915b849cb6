import { z } from 'zod'
import type { GenerationOptions } from './florence2.js'

/** How answers are decoded. What is absent is as the checkpoint's generation_config.json has it. */
export const decodingShape = {
  /** Beams of the search; 1 decodes greedily. */
  beams: z.number().int().min(1).max(16).optional(),
  /** Tokens of an answer at most; a longer one ends there. The decoder has 1024 places. */
  max_new_tokens: z.number().int().min(2).max(1023).optional(),
  /** No sequence of this many tokens comes twice in an answer; 0 allows all. */
  no_repeat_ngram_size: z.number().int().min(0).max(100).optional(),
  /** Above 0 long answers win among beams, below 0 short ones. */
  length_penalty: z.number().min(-10).max(10).optional(),
  /** Memory for decoding, in MB: how many answers are decoded in lockstep. */
  cache_mb: z.number().int().min(1).max(65_536).optional(),
  /** Memory for features of images that may be asked about again, in MB. */
  feature_mb: z.number().int().min(0).max(65_536).optional(),
}

/** Options that change the memory that is used, and no answer. */
export const operationalOptions = ['cache_mb', 'feature_mb'] as const

export type DecodingOptions = z.output<z.ZodObject<typeof decodingShape>>

/** The options of decoding as the runtime names them; what is absent stays absent. */
export function generationOptions(options: DecodingOptions): GenerationOptions {
  const { beams, max_new_tokens, no_repeat_ngram_size, length_penalty } = options
  return {
    ...(beams !== undefined && { beams }),
    ...(max_new_tokens !== undefined && { maxNewTokens: max_new_tokens }),
    ...(no_repeat_ngram_size !== undefined && { noRepeatNgramSize: no_repeat_ngram_size }),
    ...(length_penalty !== undefined && { lengthPenalty: length_penalty }),
  }
}

/** The options of memory as the runtime takes them, in bytes. */
export function memoryOptions({ cache_mb, feature_mb }: DecodingOptions): {
  cacheBytes?: number
  featureBytes?: number
} {
  return {
    ...(cache_mb !== undefined && { cacheBytes: cache_mb * 2 ** 20 }),
    ...(feature_mb !== undefined && { featureBytes: feature_mb * 2 ** 20 }),
  }
}
