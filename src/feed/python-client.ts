import { readFile } from 'node:fs/promises'
import { errorMessage, FldError } from '../../schemas/errors.js'

/** Beside this file, and beside where it was compiled from: the compiler carries over TypeScript only. */
const places = ['client/fld_feed.py', '../../../src/feed/client/fld_feed.py']

/** The Python client of a served feed, one file. Throws FldError `internal` where the installation lacks it. */
export async function pythonClient(): Promise<string> {
  let missing: unknown
  for (const place of places) {
    try {
      return await readFile(new URL(place, import.meta.url), 'utf8')
    } catch (error) {
      missing = error
    }
  }
  throw new FldError('internal', `this installation lacks fld_feed.py: ${errorMessage(missing)}`, { cause: missing })
}
