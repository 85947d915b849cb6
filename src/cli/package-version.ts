import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** The version in package.json: the nearest one upwards, from src/ as from dist/src. */
export async function packageVersion(): Promise<string> {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => null)
    if (text !== null) return z.object({ version: z.string() }).parse(JSON.parse(text)).version
    if (folder === dirname(folder)) return 'unknown'
  }
}
