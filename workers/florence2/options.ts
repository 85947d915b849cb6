import { z } from 'zod'
import { decodingShape } from './decoding-options.js'

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
    ...decodingShape,
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
    ...decodingShape,
  })
  .strict()
export type RegionOptions = z.output<typeof regionOptionsSchema>

/** Options of `florence2Texts`: what is asked about the texts that were decided on. */
export const textOptionsSchema = z
  .object({ tasks: z.array(z.enum(textTasks)).min(1).refine(eachOnce, wanted), ...decodingShape })
  .strict()
export type TextOptions = z.output<typeof textOptionsSchema>

function eachOnce(names: readonly string[]): boolean {
  return new Set(names).size === names.length
}
