import { readFile } from 'node:fs/promises'
import { errorMessage, FldError } from '../../schemas/errors.js'
import { entryFile } from './entry-file.js'

/**
 * A JSON file of an entry, by its path in the pack: `config.json`, `preprocessor_config.json`. Its keys are for the
 * caller to check. Throws FldError `model_invalid` naming the file and, where it is not there, the files that are.
 */
export async function readModelJson(files: ReadonlyMap<string, string>, path: string): Promise<unknown> {
  const local = entryFile(files, path)
  try {
    return JSON.parse(await readFile(local, 'utf8'))
  } catch (error) {
    throw new FldError('model_invalid', `${path} (${local}) is not readable as JSON: ${errorMessage(error)}`, {
      cause: error,
    })
  }
}
