import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorMessage, FldError } from '../../schemas/errors.js'
import type { FeedOptions } from '../../schemas/feed.js'
import type { CountTokens } from '../feed/index.js'
import { readTextTokenizer } from '../models/text-tokenizer.js'
import { type FeedFlags, feedOptionsOf } from './feed-options.js'

/** Options of a feed with the way its tokens are counted, which is one of them. */
export interface CountedOptions {
  readonly options: FeedOptions
  /** By the tokenizer that the flags name; the safe count without one. */
  readonly countTokens?: CountTokens
}

/** What the flags of whatever makes samples ask for. Throws FldError `config_invalid` that names what is wrong. */
export async function countedFeedOptions(flags: FeedFlags): Promise<CountedOptions> {
  const options = feedOptionsOf(flags)
  if (flags.tokenizer === undefined) return { options }
  const { tokenizer, countTokens } = await tokenCounter(flags.tokenizer)
  return { options: { ...options, tokenizer }, countTokens }
}

/** The tokenizer of a folder, as checkpoints have it, by the first digits of its sha256. */
async function tokenCounter(folder: string): Promise<{ tokenizer: string; countTokens: CountTokens }> {
  const path = (name: string) => join(folder, name)
  try {
    const files = new Map(['tokenizer.json', 'tokenizer_config.json'].map((name) => [name, path(name)]))
    const tokenizer = await readTextTokenizer(files)
    const sha256 = createHash('sha256')
      .update(await readFile(path('tokenizer.json')))
      .digest('hex')
    return { tokenizer: sha256.slice(0, 16), countTokens: (text) => tokenizer.encode(text).ids.length }
  } catch (cause) {
    throw new FldError('config_invalid', `--tokenizer ${folder}: ${errorMessage(cause)}`, { cause })
  }
}
