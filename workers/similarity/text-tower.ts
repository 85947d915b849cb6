import type { Tensor } from '../../src/models/sessions/tensor.js'
import { type EncodedText, readTextTokenizer, type TextTokenizer } from '../../src/models/text-tokenizer.js'
import type { ImageTextModel } from './image-text-model.js'
import { openTower, type TowerContext } from './tower.js'

/** Embeds texts. */
export interface TextTower {
  /** The most texts of a run. */
  readonly batch: number
  /** In one run; not normalised, in their order. Texts that are too long lose their end, never the special token after it. */
  embed(texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]>
}

/** Opens the text tower with its tokenizer. Throws FldError `model_invalid`. */
export async function openTextTower(context: TowerContext, model: ImageTextModel): Promise<TextTower> {
  const [tokenizer, tower] = await Promise.all([
    readTextTokenizer(context.files),
    openTower(context, {
      path: 'onnx/text_model.onnx',
      input: 'input_ids',
      others: ['attention_mask'],
      output: model.textOutput,
    }),
  ])
  const takesMask = tower.inputNames.includes('attention_mask')
  return {
    batch: tower.batch,
    embed: async (texts, signal) => {
      const encoded = encodeTexts(texts, tokenizer, model)
      const ids = rowsTensor(encoded.map((text) => text.ids))
      if (!takesMask) return tower.embed({ input_ids: ids }, signal)
      const mask = encoded.map((text) => (model.padsTexts ? text.mask.map(() => 1) : text.mask))
      return tower.embed({ input_ids: ids, attention_mask: rowsTensor(mask) }, signal)
    },
  }
}

/**
 * All of one length: the model's own, or that of the longest text. CLIP reads a text's embedding off its first
 * end-of-text token and looks at nothing behind it, so that its padding changes nothing.
 */
function encodeTexts(
  texts: readonly string[],
  tokenizer: TextTokenizer,
  { textLength: maxLength, padsTexts, lowerCase }: ImageTextModel,
): EncodedText[] {
  const written = texts.map((text) => (lowerCase ? text.toLowerCase() : text))
  const lengths = written.map((text) => (padsTexts ? maxLength : tokenizer.encode(text, { maxLength }).ids.length))
  const padTo = Math.max(...lengths)
  return written.map((text) => tokenizer.encode(text, { maxLength, padTo }))
}

function rowsTensor(rows: readonly (readonly number[])[]): Tensor {
  const width = rows[0]?.length ?? 0
  return { type: 'int64', data: BigInt64Array.from(rows.flat(), BigInt), dims: [rows.length, width] }
}
