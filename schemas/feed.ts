import { z } from 'zod'
import { florence2Tasks } from './florence2/tasks.js'
import { splits } from './image.js'
import { granularities } from './observation.js'

/** How often something comes in an epoch, on average: 0 never, 0.5 in every second epoch, 2 twice in each. */
const weightSchema = z.number().nonnegative().max(1000)

/**
 * Which samples a snapshot gives, and how often each comes. All of it decides the order of an epoch: two readers with other
 * options have other feeds.
 */
export const feedOptionsSchema = z.strictObject({
  /** Of the order, and of which epochs a sample with a broken weight is in. */
  seed: z.number().int().min(0).max(0xffffffff).default(0),
  /** Only images of these splits: what is held out is never fed unless somebody asks for it. */
  splits: z.array(z.enum(splits)).min(1).default(['train']),
  /** Weight of each task; one that is left out has 1. */
  tasks: z
    .partialRecord(z.enum(florence2Tasks), weightSchema)
    .refine((weights) => florence2Tasks.some((task) => weights[task] !== 0), 'every task has the weight 0')
    .default({}),
  /** Weight of each granularity, times that of its task: for captions and for the grounding of their phrases. */
  granularities: z.partialRecord(z.enum(granularities), weightSchema).default({}),
  /** Tokens of a prompt, its two special tokens among them: 1,024 positions of the encoder without the 577 of a 768 px image. */
  max_prompt_tokens: z.number().int().min(8).max(1024).default(447),
  /** Tokens of a target, its two special tokens among them. */
  max_target_tokens: z.number().int().min(8).max(1024).default(1024),
  /**
   * The first 16 hex digits of the sha256 of the tokenizer.json that tokens are counted with; null counts a token for each byte
   * of text and for each marker, which is never too few.
   */
  tokenizer: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .nullable()
    .default(null),
})
export type FeedOptions = z.output<typeof feedOptionsSchema>

/** What a snapshot can be exported as. */
export const exportFormatNames = ['florence2-jsonl', 'webdataset', 'hf', 'coco', 'odvg', 'litdata-index'] as const
export type ExportFormatName = (typeof exportFormatNames)[number]

/** One training sample: what Florence-2 is asked about an image, and what it shall answer. */
export const sampleSchema = z.object({
  /** `<image_id>/<task>` and what of the image it is about: unique in a snapshot, whatever the options and the order. */
  sample_id: z.string(),
  image_id: z.string(),
  shard: z.string(),
  task: z.enum(florence2Tasks),
  /** Of the text that it is made of; null where it is made of regions. */
  granularity: z.enum(granularities).nullable(),
  /** As the model reads it, byte for byte. */
  prompt: z.string(),
  /** With location tokens; without the tokens that every text begins and ends with. */
  target: z.string(),
  /** Of the target, its two special tokens among them: exact with a tokenizer, else never too few. */
  target_tokens: z.number().int(),
  /** text_id and region_id of the rows it was made of. */
  sources: z.array(z.string()),
  /** How often it comes in an epoch, on average. */
  weight: z.number(),
})
export type Sample = z.infer<typeof sampleSchema>

/** Why something that was annotated is in no sample, or in less than one. */
export const leftOutReasons = [
  'marker_in_text',
  'not_ascii',
  'ungrounded_phrase',
  'empty_after_cleaning',
  'prompt_too_long',
  'target_too_long',
  'cut_to_fit',
  'group_box',
  'mask_missing',
  'not_read_back',
] as const
export type LeftOutReason = (typeof leftOutReasons)[number]

/** Something that is in no sample of a task: an item of one (a box, a phrase), or the whole of it. */
export interface LeftOut {
  readonly image_id: string
  readonly task: Sample['task']
  readonly reason: LeftOutReason
  /** text_id or region_id where it is about one. */
  readonly source: string
}
