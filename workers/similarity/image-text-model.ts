import { z } from 'zod'
import { FldError } from '../../schemas/errors.js'
import { readModelJson } from '../../src/models/model-config.js'
import { sigmoid } from '../../src/models/sigmoid.js'
import type { SimilarityOptions } from './options.js'

/** What is particular to a family of image-text models. */
export interface ImageTextModel {
  /** Tokens that a text may have, its special tokens included. */
  readonly textLength: number
  /** Whether every text is padded to that: then the padding is part of what the tower embeds, and is not masked. */
  readonly padsTexts: boolean
  /** Whether the tokenizer expects lower case. */
  readonly lowerCase: boolean
  /** Names of the towers' outputs: [N, D], not normalised. */
  readonly textOutput: string
  readonly imageOutput: string
  /** Of a cosine, 0-1. */
  score(cosine: number): number
}

const configSchema = z.looseObject({
  model_type: z.string(),
  // Repositories leave out what has the default of the family.
  text_config: z.looseObject({ max_position_embeddings: z.number().int().min(2).optional() }).optional(),
})

/**
 * Reads which model it is from config.json. Throws FldError `model_invalid` for a model_type that is not known here,
 * `config_invalid` where SigLIP's scale and bias are missing.
 */
export async function readImageTextModel(
  files: ReadonlyMap<string, string>,
  options: Pick<SimilarityOptions, 'logit_scale' | 'logit_bias'>,
): Promise<ImageTextModel> {
  const raw = await readModelJson(files, 'config.json')
  const config = configSchema.safeParse(raw)
  if (!config.success) {
    throw new FldError('model_invalid', `config.json is of no image-text model: ${z.prettifyError(config.error)}`)
  }
  const { model_type: family, text_config: text } = config.data
  if (family === 'clip') return clip(text?.max_position_embeddings ?? 77)
  if (family === 'siglip' || family === 'siglip2') {
    return siglip(text?.max_position_embeddings ?? 64, requiredScale(family, options))
  }
  const known = 'clip, siglip and siglip2'
  throw new FldError('model_invalid', `config.json names the model_type ${family}; similarity knows ${known}`)
}

/** CLIP (Radford et al. 2021, arXiv 2103.00020) has no probability for a single pair: its softmax needs rivals. */
function clip(textLength: number): ImageTextModel {
  return {
    textLength,
    padsTexts: false,
    lowerCase: false,
    textOutput: 'text_embeds',
    imageOutput: 'image_embeds',
    score: (cosine) => Math.max(0, cosine),
  }
}

/**
 * SigLIP (Zhai et al. 2023, arXiv 2303.15343) and SigLIP 2 (Tschannen et al. 2025, arXiv 2502.14786): a probability for
 * each pair. Trained on lower-cased texts padded to one length without a mask; the embedding is read off the last place.
 */
function siglip(textLength: number, { scale, bias }: { scale: number; bias: number }): ImageTextModel {
  return {
    textLength,
    padsTexts: true,
    lowerCase: true,
    textOutput: 'pooler_output',
    imageOutput: 'pooler_output',
    score: (cosine) => sigmoid(scale * cosine + bias),
  }
}

function requiredScale(
  family: string,
  { logit_scale: scale, logit_bias: bias }: Pick<SimilarityOptions, 'logit_scale' | 'logit_bias'>,
): { scale: number; bias: number } {
  if (scale !== undefined && bias !== undefined) return { scale, bias }
  const missing = [...(scale === undefined ? ['logit_scale'] : []), ...(bias === undefined ? ['logit_bias'] : [])]
  throw new FldError(
    'config_invalid',
    `${family} needs the option${missing.length > 1 ? 's' : ''} ${missing.join(' and ')}: weights of the checkpoint ` +
      'that neither its configuration nor its towers contain (logit_scale exponentiated, a number above 0)',
  )
}
