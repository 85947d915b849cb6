import { z } from 'zod'
import { FldError } from '../../../schemas/errors.js'

const edge = z.number().int().positive()
const rectangle = z.strictObject({ height: edge, width: edge })
const threeOrOne = z
  .union([z.number(), z.array(z.number()).length(3)])
  .transform((value) => (typeof value === 'number' ? [value, value, value] : value))
const flag = z.boolean().nullish()

/** Everything here is carried out. Absent or null: what the family of the processor does by itself. */
const carriedOut = {
  do_resize: flag,
  size: z
    .union([
      edge,
      rectangle,
      z.strictObject({ shortest_edge: edge, longest_edge: edge.nullish() }),
      z.strictObject({ longest_edge: edge }),
      z.strictObject({ max_height: edge, max_width: edge }),
    ])
    .nullish(),
  /** What one number as `size` is: a square, or the shortest edge. */
  default_to_square: flag,
  max_size: edge.nullish(),
  resample: z.number().int().min(0).max(5).nullish(),
  do_center_crop: flag,
  crop_size: z.union([edge, rectangle]).nullish(),
  do_rescale: flag,
  rescale_factor: z.number().positive().nullish(),
  do_normalize: flag,
  image_mean: threeOrOne.nullish(),
  image_std: threeOrOne.nullish(),
  do_pad: flag,
  pad_and_return_pixel_mask: flag,
  pad_size: rectangle.nullish(),
  do_flip_channel_order: flag,
}

/** Known steps that are not carried out: only a configuration that leaves them out is right. */
const leftOut = {
  crop_pct: z.null().optional(),
  size_divisor: z.null().optional(),
  pad_size_divisor: z.null().optional(),
  do_thumbnail: z.literal(false).nullish(),
  do_align_long_axis: z.literal(false).nullish(),
  do_crop_margin: z.literal(false).nullish(),
  do_grayscale: z.literal(false).nullish(),
  do_image_splitting: z.literal(false).nullish(),
  keep_aspect_ratio: z.literal(false).nullish(),
  ensure_multiple_of: z.literal(1).nullish(),
  rescale_offset: z.literal(false).nullish(),
  include_top: z.literal(false).nullish(),
  input_data_format: z.enum(['channels_first', 'channels_last']).nullish(),
  data_format: z.literal('channels_first').nullish(),
}

const schema = z.object({
  ...carriedOut,
  ...leftOut,
  image_processor_type: z.string().nullish(),
  feature_extractor_type: z.string().nullish(),
})

/** The settings of a preprocessor_config.json that decide about pixels. */
export type PreprocessorConfig = z.infer<typeof schema>

/** Keys that say how a processor is found, what it returns beside pixels, or what it does to labels and texts. */
const neutral = new Set([
  'processor_class',
  'auto_map',
  'model_type',
  'transformers_version',
  'device',
  'disable_grouping',
  'return_tensors',
  'return_segmentation_masks',
  'masks_path',
  'format',
  'do_convert_annotations',
  'do_convert_rgb',
  'do_reduce_labels',
  'reduce_labels',
  'segmentation_maps',
  'ignore_index',
  'mask_size',
  'mask_pad_size',
  'image_seq_length',
  'num_image_tokens',
  'tasks_answer_post_processing_type',
  'task_prompts_without_inputs',
  'task_prompts_with_input',
  '_valid_processor_keys',
])

/**
 * Reads a parsed preprocessor_config.json. Throws FldError `model_invalid` naming `origin` and the key: pixels that are
 * prepared otherwise than the model was trained with give wrong answers that look right, so nothing is passed over.
 */
export function readPreprocessorConfig(config: unknown, origin: string): PreprocessorConfig {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new FldError('model_invalid', `${origin} is no JSON object of processor settings`)
  }
  const known = new Set([...Object.keys(schema.shape), ...neutral])
  const unknown = Object.keys(config).find((key) => !known.has(key))
  if (unknown !== undefined) {
    throw refused(origin, unknown, config, 'is not a key that is known here, and could change the pixels')
  }
  const parsed = schema.safeParse(config)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw refused(origin, String(issue?.path[0]), config, `is not carried out here: ${issue?.message}`)
  }
  return parsed.data
}

function refused(origin: string, key: string, config: object, why: string): FldError {
  const value = JSON.stringify(Object.entries(config).find(([name]) => name === key)?.[1])
  return new FldError('model_invalid', `${origin}: ${key} (${value?.slice(0, 80)}) ${why}`, {
    details: { key, origin },
  })
}
