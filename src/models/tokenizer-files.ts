import { z } from 'zod'
import { FldError } from '../../schemas/errors.js'

/** The files of a tokenizer as they are on disk, parsed as JSON only. */
export interface RawTokenizerFiles {
  readonly tokenizer: unknown
  readonly config: unknown
  /** Older repositories keep the names of special tokens apart; an empty object where there is no such file. */
  readonly specialTokens: unknown
}

/** The files of a tokenizer, checked: what the library takes, and what it does not tell. */
export interface TokenizerFiles {
  /** tokenizer.json, with every special token that the configuration names among its added tokens. */
  readonly tokenizer: object
  /** tokenizer_config.json, with its special tokens as plain texts. */
  readonly config: object
  readonly padToken: string
  readonly padSide: 'left' | 'right'
}

/** A special token is written as its text, or as an object that also says how it is matched. */
const tokenText = z.union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)])
const named = tokenText.nullish()

const specialTokensSchema = z.looseObject({
  bos_token: named,
  eos_token: named,
  unk_token: named,
  sep_token: named,
  pad_token: named,
  cls_token: named,
  mask_token: named,
  additional_special_tokens: z.array(tokenText).nullish(),
})
type SpecialTokens = z.infer<typeof specialTokensSchema>

const configSchema = specialTokensSchema.extend({
  padding_side: z.enum(['left', 'right']).default('right'),
})

const tokenizerSchema = z.looseObject({
  added_tokens: z
    .array(z.looseObject({ id: z.number().int(), content: z.string(), special: z.boolean().default(false) }))
    .default([]),
  model: z.looseObject({
    vocab: z.union([z.record(z.string(), z.number()), z.array(z.tuple([z.string(), z.number()]))]),
  }),
})
type TokenizerJson = z.infer<typeof tokenizerSchema>

/** Checks the files of a tokenizer. Throws FldError `model_invalid` naming the file, the key and what was wrong. */
export function parseTokenizerFiles(raw: RawTokenizerFiles): TokenizerFiles {
  const tokenizer = parse('tokenizer.json', tokenizerSchema, raw.tokenizer)
  const given = parse('tokenizer_config.json', configSchema, raw.config)
  const config = { ...parse('special_tokens_map.json', specialTokensSchema, raw.specialTokens), ...given }
  if (typeof config.pad_token !== 'string') {
    throw new FldError('model_invalid', 'tokenizer_config.json and special_tokens_map.json name no pad_token')
  }
  const added_tokens = [...tokenizer.added_tokens, ...unlistedTokens(tokenizer, namedTokens(config))]
  return {
    tokenizer: { ...tokenizer, added_tokens },
    config,
    padToken: config.pad_token,
    padSide: given.padding_side,
  }
}

function parse<T>(file: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new FldError('model_invalid', `${file} is not what a tokenizer's is: ${z.prettifyError(result.error)}`)
}

function namedTokens(config: SpecialTokens): string[] {
  const { bos_token, eos_token, unk_token, sep_token, pad_token, cls_token, mask_token } = config
  const names = [bos_token, eos_token, unk_token, sep_token, pad_token, cls_token, mask_token]
  const all = [...names, ...(config.additional_special_tokens ?? [])]
  return [...new Set(all)].filter((token) => typeof token === 'string')
}

/**
 * Special tokens that tokenizer.json does not list. They are found whole in a text, before it is normalised, as
 * transformers (tokenization_utils_tokenizers.py, `_post_init`) makes of them: OWLv2's "!" is its padding and so no
 * punctuation any more. One that the vocabulary lacks can be no token.
 */
function unlistedTokens({ added_tokens, model: { vocab } }: TokenizerJson, names: readonly string[]) {
  const listed = new Set(added_tokens.map(({ content }) => content))
  const ids = new Map(Array.isArray(vocab) ? vocab.map(([token], id) => [token, id] as const) : Object.entries(vocab))
  return names.flatMap((content) => {
    const id = ids.get(content)
    return listed.has(content) || id === undefined ? [] : [{ id, content, special: true, normalized: false }]
  })
}
