import { z } from 'zod'
import type { GenerationOptions } from './florence2.js'

/** How answers are decoded. What is absent is as the checkpoint's generation_config.json has it. */
const decoding = {
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

const imageTasks = [
  ...(['CAPTION', 'DETAILED_CAPTION', 'MORE_DETAILED_CAPTION', 'OCR', 'OCR_WITH_REGION', 'OD'] as const),
  ...(['DENSE_REGION_CAPTION', 'REGION_PROPOSAL', 'OPEN_VOCABULARY_DETECTION'] as const),
] as const
const regionTasks = [
  ...(['REGION_TO_SEGMENTATION', 'REGION_TO_CATEGORY', 'REGION_TO_DESCRIPTION', 'REGION_TO_OCR'] as const),
  'REFERRING_EXPRESSION_SEGMENTATION',
] as const
const textTasks = ['CAPTION_TO_PHRASE_GROUNDING', 'OPEN_VOCABULARY_DETECTION'] as const

const wanted = 'expected each once'

/** Options of `florence2`: what is asked about the image alone. */
export const imageOptionsSchema = z
  .object({
    tasks: z.array(z.enum(imageTasks)).min(1).refine(eachOnce, wanted),
    /** What OPEN_VOCABULARY_DETECTION looks for, each with a request of its own. */
    labels: z
      .array(z.string().regex(/\S/, 'a label needs letters'))
      .min(1)
      .max(1000)
      .refine(eachOnce, wanted)
      .optional(),
    ...decoding,
  })
  .strict()
  .refine(({ tasks, labels }) => tasks.includes('OPEN_VOCABULARY_DETECTION') === (labels !== undefined), {
    path: ['labels'],
    message: 'OPEN_VOCABULARY_DETECTION among the tasks needs labels to look for, and nothing else takes them',
  })
export type ImageOptions = z.output<typeof imageOptionsSchema>

/** Options of `florence2Regions`: what is asked about agreed regions, and about which. */
export const regionOptionsSchema = z
  .object({
    tasks: z.array(z.enum(regionTasks)).min(1).refine(eachOnce, wanted),
    /** Objects, and as many texts, of an image that are asked about: those with the highest scores. */
    max_regions: z.number().int().min(1).max(500).default(20),
    /**
     * Regions with a shorter side below this, in pixels, are left out. Low, for lines of text are; the model has the
     * surroundings of a region before it, not its crop.
     */
    min_side: z.number().min(1).max(4096).default(8),
    ...decoding,
  })
  .strict()
export type RegionOptions = z.output<typeof regionOptionsSchema>

/** Options of `florence2Texts`: what is asked about the texts that were decided on. */
export const textOptionsSchema = z
  .object({ tasks: z.array(z.enum(textTasks)).min(1).refine(eachOnce, wanted), ...decoding })
  .strict()
export type TextOptions = z.output<typeof textOptionsSchema>

/** Options that change the memory that is used, and no answer. */
export const operationalOptions = ['cache_mb', 'feature_mb'] as const

type DecodingOptions = z.output<z.ZodObject<typeof decoding>>

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

function eachOnce(names: readonly string[]): boolean {
  return new Set(names).size === names.length
}
