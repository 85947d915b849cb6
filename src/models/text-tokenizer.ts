import { Tokenizer } from '@huggingface/tokenizers'
import { errorMessage, FldError } from '../../schemas/errors.js'
import { readModelJson } from './model-config.js'
import { parseTokenizerFiles, type TokenizerFiles } from './tokenizer-files.js'

/** A text as a model takes it: one entry per token, padding included. */
export interface EncodedText {
  readonly ids: readonly number[]
  /** 1 for tokens of the text and its special tokens, 0 for padding. */
  readonly mask: readonly number[]
  readonly tokens: readonly string[]
}

/** Texts to token ids and back, with the ids that Hugging Face's tokenizers give. */
export interface TextTokenizer {
  /**
   * With special tokens; cut to `maxLength` so that the last special token stays (the text gives way), padded to `padTo`
   * with the tokenizer's pad token. Throws FldError `internal` when `maxLength` has no room for the special tokens.
   */
  encode(text: string, options?: { maxLength?: number; padTo?: number }): EncodedText
  /** Special tokens are written out unless they are skipped. */
  decode(ids: readonly number[], options?: { skipSpecialTokens?: boolean }): string
  readonly padId: number
}

/** What this module uses of the library: its own declarations do not resolve under Node's module rules. */
interface LibraryTokenizer {
  encode(
    text: string,
    options: { add_special_tokens: boolean },
  ): { readonly ids: readonly number[]; readonly tokens: readonly string[] }
  decode(ids: number[], options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean }): string
  token_to_id(token: string): number | undefined
  readonly normalizer: ((text: string) => string) | null
  readonly post_processor:
    | ((tokens: string[], pair: null, addSpecialTokens: boolean) => { readonly tokens: readonly string[] })
    | null
}

/** Tokens and their ids, side by side. */
interface Pieces {
  readonly ids: readonly number[]
  readonly tokens: readonly string[]
}

/**
 * Reads tokenizer.json and tokenizer_config.json (and special_tokens_map.json where there is one) among an entry's
 * files. Throws FldError `model_invalid`.
 */
export async function readTextTokenizer(files: ReadonlyMap<string, string>): Promise<TextTokenizer> {
  const [tokenizer, config, specialTokens] = await Promise.all([
    readModelJson(files, 'tokenizer.json'),
    readModelJson(files, 'tokenizer_config.json'),
    files.has('special_tokens_map.json') ? readModelJson(files, 'special_tokens_map.json') : {},
  ])
  const parsed = parseTokenizerFiles({ tokenizer, config, specialTokens })
  try {
    return textTokenizer(new Tokenizer(parsed.tokenizer, parsed.config), parsed)
  } catch (error) {
    if (error instanceof FldError) throw error
    const message = `tokenizer.json (${files.get('tokenizer.json')}) is no tokenizer: ${errorMessage(error)}`
    throw new FldError('model_invalid', message, { cause: error })
  }
}

function textTokenizer(library: LibraryTokenizer, files: TokenizerFiles): TextTokenizer {
  const { padToken, padSide } = files
  const padId = idOf(library, padToken)
  const frame = specialFrame(library)
  const finalSigma = library.normalizer?.('ΑΣ').includes('ς') ?? false
  return {
    padId,
    encode(text, options = {}) {
      // JavaScript lower-cases a capital sigma at the end of a word to its final form, Hugging Face's library never does.
      const body = library.encode(finalSigma ? text.replaceAll('Σ', 'σ') : text, { add_special_tokens: false })
      const cut = framed(body, frame, options.maxLength ?? Number.POSITIVE_INFINITY)
      return padded(cut, options.padTo ?? 0, { id: padId, token: padToken, side: padSide })
    },
    decode(ids, { skipSpecialTokens = false } = {}) {
      // The library takes no empty list. Cleaning up spaces is left to tokenizer.json's own decoder, as transformers 5 does.
      if (ids.length === 0) return ''
      return library.decode([...ids], { skip_special_tokens: skipSpecialTokens, clean_up_tokenization_spaces: false })
    },
  }
}

function idOf(library: LibraryTokenizer, token: string): number {
  const id = library.token_to_id(token)
  if (id !== undefined) return id
  throw new FldError('model_invalid', `the vocabulary of tokenizer.json has no token ${JSON.stringify(token)}`)
}

/** What the tokenizer puts before and after a text: its post-processor is shown a stand-in for the text. */
function specialFrame(library: LibraryTokenizer): { readonly before: Pieces; readonly after: Pieces } {
  const text = '\u0000text\u0000'
  const tokens = library.post_processor?.([text], null, true).tokens ?? [text]
  const at = tokens.indexOf(text)
  if (at === -1) throw new FldError('model_invalid', 'the post_processor of tokenizer.json leaves out the text')
  const pieces = (part: readonly string[]): Pieces => ({
    tokens: part,
    ids: part.map((token) => idOf(library, token)),
  })
  return { before: pieces(tokens.slice(0, at)), after: pieces(tokens.slice(at + 1)) }
}

/** Cuts the text, never the special tokens around it: models read their embedding off the last of them. */
function framed(body: Pieces, { before, after }: { before: Pieces; after: Pieces }, maxLength: number): Pieces {
  const room = maxLength - before.ids.length - after.ids.length
  if (room < 0) {
    const special = before.ids.length + after.ids.length
    throw new FldError('internal', `a text of at most ${maxLength} tokens has no room for ${special} special tokens`)
  }
  return {
    ids: [...before.ids, ...body.ids.slice(0, room), ...after.ids],
    tokens: [...before.tokens, ...body.tokens.slice(0, room), ...after.tokens],
  }
}

function padded(
  { ids, tokens }: Pieces,
  length: number,
  pad: { readonly id: number; readonly token: string; readonly side: 'left' | 'right' },
): EncodedText {
  const missing = Math.max(0, length - ids.length)
  const fill = <T>(values: readonly T[], padding: T): T[] => {
    const filling = new Array<T>(missing).fill(padding)
    return pad.side === 'left' ? [...filling, ...values] : [...values, ...filling]
  }
  const mask = new Array<number>(ids.length).fill(1)
  return { ids: fill(ids, pad.id), mask: fill(mask, 0), tokens: fill(tokens, pad.token) }
}
