import { randomUUID } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { link, mkdir, open, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FldError } from '../../schemas/errors.js'
import { untilAborted } from './abort.js'
import { systemCode } from './file-errors.js'
import { reservedSegment } from './object-key.js'

/** How often a folder that a concurrent delete prunes away is made anew before giving up. */
const folderAttempts = 100
/** A temporary file untouched for this long was left by a process that died. */
const staleAfterMs = 24 * 3600 * 1000

/** A complete, synced file that nobody sees yet. */
export interface HiddenFile {
  readonly path: string
  readonly stats: BigIntStats
}

/** Writes chunks to a hidden file of the root and syncs it. Leaves nothing behind when it throws. */
export async function writeHidden(
  root: string,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<HiddenFile> {
  const path = join(root, reservedSegment, randomUUID())
  const handle = await inFolder(dirname(path), () => open(path, 'wx'))
  try {
    for await (const chunk of untilAborted(chunks, signal, `writing ${path}`)) await handle.writeFile(chunk)
    await handle.sync()
    const stats = await handle.stat({ bigint: true })
    await handle.close()
    return { path, stats }
  } catch (error) {
    await handle.close().catch(() => undefined)
    await unlink(path).catch(() => undefined)
    throw error
  }
}

/** Makes the hidden file visible under the target's name, over whatever is there. */
export async function publishOver(hidden: HiddenFile, target: string): Promise<void> {
  try {
    await inFolder(dirname(target), () => rename(hidden.path, target))
    await syncFolder(dirname(target))
  } catch (error) {
    await unlink(hidden.path).catch(() => undefined)
    throw error
  }
}

/**
 * Makes the hidden file visible under the target's name unless something is there: link(2) is atomic and never
 * replaces. Over NFS its answer can be lost and the repeat be told EEXIST; a second link on the hidden file then says
 * that the first call made it (open(2), section O_EXCL, gives this check).
 */
export async function publishIfAbsent(hidden: HiddenFile, target: string): Promise<boolean> {
  try {
    const won = await inFolder(dirname(target), () => linkOnce(hidden.path, target))
    if (won) await syncFolder(dirname(target))
    return won
  } finally {
    await unlink(hidden.path).catch(() => undefined)
  }
}

async function linkOnce(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    const code = systemCode(error)
    if (code === 'EEXIST') return (await stat(from)).nlink > 1
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP') throw noHardLinks(to, error)
    throw error
  }
}

function noHardLinks(path: string, cause: unknown): FldError {
  return new FldError(
    'config_invalid',
    `The file system of ${path} has no hard links, which "write if absent" needs. Choose a folder on another one (ext4, xfs, btrfs, apfs, NFS) or an S3 bucket.`,
    { cause, details: { path } },
  )
}

/** Runs what needs the folder, making the folder first where it is missing, again where it is pruned in between. */
async function inFolder<T>(folder: string, action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action()
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' || attempt === folderAttempts) throw error
      await makeFolder(folder)
    }
  }
}

/**
 * Makes a folder and those above it, durable. A folder pruned meanwhile is the caller's next attempt's business. Level by
 * level: where a folder can be made nowhere (/proc), Node's recursive mkdir never returns.
 */
async function makeFolder(folder: string): Promise<void> {
  const made = await makeLevel(folder)
  if (made || dirname(folder) === folder) return
  await makeFolder(dirname(folder))
  await makeLevel(folder)
}

/** False where the folder above is missing. */
async function makeLevel(folder: string): Promise<boolean> {
  try {
    await mkdir(folder)
    await syncFolder(dirname(folder))
    return true
  } catch (error) {
    const code = systemCode(error)
    if (code !== 'EEXIST' && code !== 'ENOENT') throw error
    return code === 'EEXIST'
  }
}

/** Without it a crash of the machine could lose the new name though the content is on disk. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r')
    await handle.sync().finally(() => handle.close())
  } catch (error) {
    // Pruned by a concurrent delete: then the name is gone too.
    if (systemCode(error) !== 'ENOENT') throw error
  }
}

/** Removes the folder and those above it as far as they are empty, never the root; rmdir(2) refuses a folder in use. */
export async function pruneFolders(root: string, folder: string): Promise<void> {
  for (let empty = folder; empty.length > root.length; empty = dirname(empty)) {
    try {
      await rmdir(empty)
    } catch {
      return
    }
  }
}

/** Removes what writers that died left in the hidden area. */
export async function sweepHidden(root: string): Promise<void> {
  const area = join(root, reservedSegment)
  const names = await readdir(area).catch(() => [])
  for (const name of names) {
    const path = join(area, name)
    const stats = await stat(path).catch(() => null)
    if (stats !== null && Date.now() - stats.mtimeMs > staleAfterMs) await unlink(path).catch(() => undefined)
  }
}
