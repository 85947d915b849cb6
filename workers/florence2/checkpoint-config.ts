import { z } from 'zod'
import { FldError } from '../../schemas/errors.js'
import { readModelJson } from '../../src/models/model-config.js'
import type { DecoderTokens, SearchSettings } from './decoding/decode-protocol.js'

const count = z.number().int().positive()
const tokenId = z.number().int().nonnegative()

/** Keys of generation that may stand in generation_config.json, in text_config or at the top of config.json. */
const generationSchema = z.object({
  decoder_start_token_id: tokenId.nullish(),
  bos_token_id: tokenId.nullish(),
  eos_token_id: tokenId.nullish(),
  pad_token_id: tokenId.nullish(),
  forced_bos_token_id: tokenId.nullish(),
  forced_eos_token_id: tokenId.nullish(),
  num_beams: count.nullish(),
  no_repeat_ngram_size: z.number().int().nonnegative().nullish(),
  length_penalty: z.number().nullish(),
  early_stopping: z.union([z.boolean(), z.literal('never')]).nullish(),
  max_length: count.nullish(),
  max_new_tokens: count.nullish(),
  min_length: z.number().int().nonnegative().nullish(),
})
type Generation = z.infer<typeof generationSchema>

const configSchema = generationSchema.extend({
  model_type: z.literal('florence2'),
  projection_dim: count.nullish(),
  text_config: generationSchema.extend({
    d_model: count,
    decoder_attention_heads: count,
    vocab_size: count,
    max_position_embeddings: count.default(1024),
  }),
})

/** What a runtime has to know of a checkpoint besides its graphs. */
export interface CheckpointConfig {
  /** Numbers in an embedding. */
  readonly width: number
  /** Attention heads of the decoder. */
  readonly heads: number
  /** Places of the encoder (image and prompt together) and of the decoder. */
  readonly positions: number
  readonly tokens: DecoderTokens
  readonly search: SearchSettings
  /** Most ids of an answer, the start counted, where nobody says. */
  readonly maxLength: number
}

/**
 * Reads config.json and, where there is one, generation_config.json, which counts first. Throws FldError `model_invalid`
 * naming the file and the key.
 */
export async function readCheckpointConfig(files: ReadonlyMap<string, string>): Promise<CheckpointConfig> {
  const config = checked(configSchema, await readModelJson(files, 'config.json'), files.get('config.json'))
  const path = 'generation_config.json'
  const own = files.has(path) ? checked(generationSchema, await readModelJson(files, path), files.get(path)) : {}
  const text = config.text_config
  const sources: readonly Generation[] = [own, text, config]
  const positions = text.max_position_embeddings
  return {
    width: text.d_model,
    heads: text.decoder_attention_heads,
    positions,
    tokens: decoderTokens(sources),
    search: {
      beams: firstOf(sources, 'num_beams') ?? 1,
      noRepeatNgramSize: firstOf(sources, 'no_repeat_ngram_size') ?? 0,
      lengthPenalty: firstOf(sources, 'length_penalty') ?? 1,
      earlyStopping: firstOf(sources, 'early_stopping') ?? false,
      minLength: firstOf(sources, 'min_length') ?? 0,
    },
    maxLength: Math.min(positions, maxLengthOf(own) ?? positions),
  }
}

/** Florence-2 is a BART: these are its ids where a checkpoint leaves them out. */
function decoderTokens(sources: readonly Generation[]): DecoderTokens {
  return {
    start: firstOf(sources, 'decoder_start_token_id') ?? 2,
    end: firstOf(sources, 'eos_token_id') ?? 2,
    pad: firstOf(sources, 'pad_token_id') ?? 1,
    forcedFirst: firstOf(sources, 'forced_bos_token_id') ?? null,
    forcedLast: firstOf(sources, 'forced_eos_token_id') ?? null,
  }
}

/**
 * max_length counts the start, max_new_tokens does not. Of generation_config.json alone: in config.json both are what a
 * library wrote there by default.
 */
function maxLengthOf({ max_length, max_new_tokens }: Generation): number | null {
  return max_new_tokens == null ? (max_length ?? null) : max_new_tokens + 1
}

function firstOf<Key extends keyof Generation>(
  sources: readonly Generation[],
  key: Key,
): NonNullable<Generation[Key]> | undefined {
  return sources.map((source) => source[key]).find((value) => value != null) ?? undefined
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown, path = 'config.json'): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new FldError('model_invalid', `${path} is of no Florence-2 checkpoint: ${z.prettifyError(parsed.error)}`, {
    cause: parsed.error,
  })
}
