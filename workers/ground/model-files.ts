import { z } from 'zod'
import { FldError } from '../../schemas/errors.js'
import { readModelJson } from '../../src/models/model-config.js'

/** What an annotator needs of the entry's config.json. Throws FldError `model_invalid` that names the key. */
export async function readModelConfig<T>(files: ReadonlyMap<string, string>, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(await readModelJson(files, 'config.json'))
  if (parsed.success) return parsed.data
  throw new FldError(
    'model_invalid',
    `config.json (${files.get('config.json')}) is not that of the model in the options: ${z.prettifyError(parsed.error)}`,
  )
}
