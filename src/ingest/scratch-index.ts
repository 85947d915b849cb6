import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'

/** An ordered key-value index on disk that lives as long as one ingest. */
export interface ScratchIndex {
  readonly db: ClassicLevel<string, string>
  /** Closes it and removes its folder. */
  close(): Promise<void>
}

/**
 * Opens an empty LevelDB in a folder of its own, so that listings and duplicate hashes of any number of images stay out
 * of memory. Keys are ordered by their UTF-8 bytes.
 */
export async function openScratchIndex(options: { folder?: string | undefined } = {}): Promise<ScratchIndex> {
  const path = await mkdtemp(join(options.folder ?? tmpdir(), 'fld-ingest-'))
  const db = new ClassicLevel<string, string>(path, { cacheSize: 8 << 20, writeBufferSize: 4 << 20 })
  await db.open()
  return {
    db,
    async close() {
      await db.close()
      await rm(path, { recursive: true, force: true })
    },
  }
}
