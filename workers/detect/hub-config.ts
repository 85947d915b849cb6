import { z } from 'zod'
import { FldError } from '../../schemas/errors.js'
import { readModelJson } from '../../src/models/model-config.js'
import type { DecoderOptions } from './options.js'

type SetPredictionOptions = DecoderOptions<'set-prediction'>
type Scoring = Required<Pick<SetPredictionOptions, 'scoring'>> & Pick<SetPredictionOptions, 'top_k'>

const hubConfigSchema = z.looseObject({
  model_type: z.string().optional(),
  /** Names by class index. */
  id2label: z.record(z.string().regex(/^\d{1,5}$/, 'a class index'), z.string()).nullish(),
})
/** What a detector's config.json says of its classes. */
export type HubConfig = z.infer<typeof hubConfigSchema>

/** Reads config.json among an entry's files; null where there is none. Throws FldError `model_invalid`. */
export async function readHubConfig(files: ReadonlyMap<string, string>): Promise<HubConfig | null> {
  if (!files.has('config.json')) return null
  const parsed = hubConfigSchema.safeParse(await readModelJson(files, 'config.json'))
  if (parsed.success) return parsed.data
  throw new FldError('model_invalid', `config.json (${files.get('config.json')}): ${z.prettifyError(parsed.error)}`, {
    cause: parsed.error,
  })
}

const everyQuery: Scoring = { scoring: 'sigmoid' }
const best100: Scoring = { scoring: 'sigmoid', top_k: 100 }
const backgroundLast: Scoring = { scoring: 'softmax' }

/** As `post_process_object_detection` of the image processors that Hugging Face's transformers 5 gives each type. */
const scoringOfType: Readonly<Record<string, Scoring>> = {
  d_fine: everyQuery,
  deimv2: everyQuery,
  rt_detr: everyQuery,
  rt_detr_v2: everyQuery,
  rf_detr: everyQuery,
  'rf-detr': everyQuery,
  detr: backgroundLast,
  yolos: backgroundLast,
  'table-transformer': backgroundLast,
  conditional_detr: best100,
  'dab-detr': best100,
  deformable_detr: best100,
  lw_detr: best100,
}

/**
 * The options with their scoring: what they say themselves, else what is known of config.json's model_type. Throws
 * FldError `model_invalid` naming the types that are known.
 */
export function withScoring(options: SetPredictionOptions, config: HubConfig | null): SetPredictionOptions & Scoring {
  const type = config?.model_type
  const known = type !== undefined && Object.hasOwn(scoringOfType, type) ? scoringOfType[type] : undefined
  const scoring = options.scoring ?? known?.scoring
  if (scoring === undefined) {
    throw new FldError(
      'model_invalid',
      `how ${type === undefined ? 'a model without a model_type in config.json' : `the model_type "${type}"`} scores ` +
        `is not known: say scoring: sigmoid or softmax. Known types: ${Object.keys(scoringOfType).join(', ')}`,
    )
  }
  // How many pairs a type looks at belongs to its own scoring.
  const topK = options.top_k ?? (known?.scoring === scoring ? known.top_k : undefined)
  return { ...options, scoring, ...(topK === undefined ? {} : { top_k: topK }) }
}
