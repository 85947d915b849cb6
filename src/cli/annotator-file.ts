import { readFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { z } from 'zod'
import { namesAllowedKeys } from '../../schemas/allowed-keys.js'
import { errorMessage, FldError } from '../../schemas/errors.js'
import { type PackEntry, packEntrySchema } from '../../schemas/pack.js'
import { loadPackEntry } from '../models/packs/pack-file.js'
import { pullEntry } from '../models/packs/pull.js'
import type { PullOptions } from '../models/packs/pull-options.js'
import { modelFolderFiles } from './model-folder.js'

/** An annotator as a person writes it down to try a model: any folder of model files. */
const annotatorFileSchema = packEntrySchema
  .pick({ annotator: true, family: true, options: true, vocabulary: true, dtype: true, provider: true })
  .extend({
    name: z.string().optional(),
    /** Where the model files are, relative to this file. */
    folder: z.string().optional(),
  })
  .strict()

/** An entry and the local paths of its model files. */
export interface LocalEntry {
  readonly entry: PackEntry
  readonly files: ReadonlyMap<string, string>
}

/**
 * The annotator that a `pack/entry` or a JSON file names, with its model files on this machine. Throws FldError
 * `config_invalid` naming the file and the key; as `pullEntry` does.
 */
export async function findAnnotator(nameOrFile: string, pull: PullOptions): Promise<LocalEntry> {
  if (nameOrFile.endsWith('.json')) return readAnnotatorFile(resolve(nameOrFile))
  const { entry } = await loadPackEntry(nameOrFile)
  return { entry, files: await pullEntry(entry, pull) }
}

async function readAnnotatorFile(path: string): Promise<LocalEntry> {
  const parsed = annotatorFileSchema.safeParse(await readJson(path), { error: namesAllowedKeys })
  if (!parsed.success) {
    throw new FldError('config_invalid', `${path} describes no annotator: ${z.prettifyError(parsed.error)}`)
  }
  const { folder, name, ...rest } = parsed.data
  const fallback = basename(path, '.json')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
  const entry = packEntrySchema.parse({ ...rest, name: name ?? fallback, licence: 'unknown' })
  const of = { dtype: entry.dtype, where: path }
  const files = await modelFolderFiles(folder === undefined ? null : resolve(dirname(path), folder), of)
  return { entry, files }
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new FldError('config_invalid', `cannot read the annotator ${path}: ${errorMessage(cause)}`, { cause })
  }
}
