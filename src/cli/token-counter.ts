import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorMessage, FldError } from '../../schemas/errors.js'
import type { CountTokens } from '../feed/index.js'
import { readTextTokenizer } from '../models/text-tokenizer.js'

/** How tokens are counted, and by which tokenizer; null for the safe count without one. */
export interface TokenCounter {
  readonly tokenizer: string | null
  readonly countTokens?: CountTokens
}

/** The tokenizer of a folder, as checkpoints have it. Throws FldError `config_invalid` naming the file. */
export async function tokenCounter(folder: string | undefined): Promise<TokenCounter> {
  if (folder === undefined) return { tokenizer: null }
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
