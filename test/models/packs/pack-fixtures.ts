import { createHash } from 'node:crypto'
import { mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PackEntry, packEntrySchema } from '../../../schemas/pack.js'

/** The same bytes for the same seed; they do not compress, so that archives have a size worth cutting. */
export function noise(bytes: number, seed: number): Uint8Array {
  const data = new Uint8Array(bytes)
  let state = seed >>> 0 || 1
  for (let index = 0; index < bytes; index++) {
    // xorshift32 (Marsaglia 2003).
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    data[index] = state & 0xff
  }
  return data
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A pack entry that pins these files. */
export function entryOf(
  files: Readonly<Record<string, { bytes: Uint8Array; sources: string[] }>>,
  name = 'model',
): PackEntry {
  return packEntrySchema.parse({
    name,
    annotator: 'detect',
    family: 'test',
    licence: 'Apache-2.0',
    files: Object.entries(files).map(([path, { bytes, sources }]) => ({
      path,
      sha256: sha256(bytes),
      bytes: bytes.byteLength,
      sources,
    })),
  })
}

export function emptyCache(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'fld-cache-'))
}

/** Every file below a folder, relative to it. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}
