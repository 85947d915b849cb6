import { FldError } from '../../schemas/errors.js'
import { type DtypeChoice, dtypeChoiceSchema, dtypes } from '../../schemas/pack.js'

/** `fp16`, or `vision_encoder=fp16,decoder_model_merged=q4`. Throws FldError `config_invalid` saying what is allowed. */
export function dtypeChoice(text: string): DtypeChoice {
  const pairs = text.split(',').map((part) => part.trim().split('='))
  const parsed = dtypeChoiceSchema.safeParse(text.includes('=') ? Object.fromEntries(pairs) : text)
  if (parsed.success) return parsed.data
  const allowed = `one of ${dtypes.join(', ')}, or one by graph, as vision_encoder=fp16,decoder_model_merged=q4`
  throw new FldError('config_invalid', `--dtype ${text}: expected ${allowed}`)
}
