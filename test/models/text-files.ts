import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** The files of an entry, written to a fresh folder: their local paths by their path in the pack. */
export async function textFiles(texts: Readonly<Record<string, string>>): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'fld-entry-'))
  const files = new Map<string, string>()
  for (const [path, text] of Object.entries(texts)) {
    const local = join(folder, path)
    await mkdir(dirname(local), { recursive: true })
    await writeFile(local, text)
    files.set(path, local)
  }
  return files
}
