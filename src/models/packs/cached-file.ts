import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { newPart, sweepParts } from './part-file.js'

/** What a model file must be. */
export interface PinnedFile {
  readonly sha256: string
  readonly bytes: number
}

export type FileState = 'ok' | 'missing' | 'corrupt'

const stampSchema = z.object({ sha256: z.string(), bytes: z.number(), mtime_ms: z.number() })

/** The digest of a file's bytes, as hex. */
export async function hashFile(path: string, algorithm: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash(algorithm)
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, signal === undefined ? {} : { signal })
  return hash.digest('hex')
}

/** Reads the whole file and compares length and sha256. */
export async function checkFile(path: string, pinned: PinnedFile, signal?: AbortSignal): Promise<FileState> {
  const stats = await stat(path).catch(() => null)
  if (stats === null) return 'missing'
  if (stats.size !== pinned.bytes) return 'corrupt'
  return (await hashFile(path, 'sha256', signal)) === pinned.sha256 ? 'ok' : 'corrupt'
}

/**
 * Whether the cache holds the file, verified. Reads only its stamp when length and time of change are still those that
 * were verified; hashes the file, and stamps it, when they are not.
 */
export async function isCached(path: string, pinned: PinnedFile, signal?: AbortSignal): Promise<boolean> {
  const stats = await stat(path).catch(() => null)
  if (stats === null || stats.size !== pinned.bytes) return false
  const stamp = await readStamp(path)
  if (stamp?.sha256 === pinned.sha256 && stamp.bytes === stats.size && stamp.mtime_ms === stats.mtimeMs) return true
  if ((await checkFile(path, pinned, signal)) !== 'ok') return false
  await writeStamp(path, pinned)
  return true
}

/** Makes a verified part visible as the file, whole; the last of several writers wins, and all wrote the same bytes. */
export async function publishPart(part: string, path: string, pinned: PinnedFile): Promise<void> {
  const handle = await open(part, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(part, path)
  await writeStamp(path, pinned)
  await sweepParts(path)
}

function stampPath(path: string): string {
  return `${path}.verified`
}

async function readStamp(path: string): Promise<z.infer<typeof stampSchema> | null> {
  const text = await readFile(stampPath(path), 'utf8').catch(() => '')
  try {
    return stampSchema.parse(JSON.parse(text))
  } catch {
    // No stamp, or one of another version: the file is hashed again.
    return null
  }
}

/** A cache on a read-only file system works without stamps, it only hashes at each start. */
async function writeStamp(path: string, pinned: PinnedFile): Promise<void> {
  const stats = await stat(path)
  const stamp = { sha256: pinned.sha256, bytes: stats.size, mtime_ms: stats.mtimeMs }
  try {
    const part = await newPart(stampPath(path))
    await writeFile(part.path, `${JSON.stringify(stamp)}\n`)
    await rename(part.path, stampPath(path)).catch(() => rm(part.path, { force: true }))
  } catch {
    return
  }
}
