/** How many tokens a text has for the model, the two special tokens around it among them. */
export type CountTokens = (text: string) => number

/** The added tokens that samples hold: one token each, whatever the tokenizer. */
const added = /<(?:loc_\d+|sep|\/?poly)>/g

/** Special tokens around a text: `<s>` and `</s>`. */
const around = 2

/**
 * Never fewer than the model's tokenizer finds: byte-level BPE (BART's) has at most one token for a byte of UTF-8. Of English
 * it has about one for four.
 */
export const atMostTokens: CountTokens = (text) => {
  const markers = text.match(added)?.length ?? 0
  return around + markers + Buffer.byteLength(text.replace(added, ''), 'utf8')
}
