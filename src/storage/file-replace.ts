import { createHash } from 'node:crypto'
import { stat, unlink, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FldError } from '../../schemas/errors.js'
import { throwIfAborted } from './abort.js'
import { systemCode } from './file-errors.js'
import { describeFile } from './file-listing.js'
import { type HiddenFile, publishOver } from './file-publish.js'
import { reservedSegment } from './object-key.js'

/** A writer holds the lock for some file system calls; one that died is passed over after 10 s. */
const patienceMs = 60_000
const pauseMs = 10

/** What is to be replaced. */
export interface Replacement {
  readonly root: string
  readonly key: string
  /** Of the object, absolute. */
  readonly path: string
  readonly etag: string
  readonly signal: AbortSignal | undefined
}

/**
 * Publishes the hidden file over an object that still has the etag, and says whether it did. File systems have no
 * "rename if unchanged": comparing and renaming happen under a lock, a folder in the store's hidden area (mkdir(2) is
 * atomic over NFS too) that its holder keeps fresh and that goes stale when the holder dies (proper-lockfile).
 * The hidden file is gone afterwards. Throws FldError `store_unavailable` when another process keeps the lock.
 */
export async function publishIfUnchanged(hidden: HiddenFile, replacement: Replacement): Promise<boolean> {
  let published = false
  try {
    const held = await lockUnlessChanged(replacement)
    if (held === null) return false
    try {
      const current = await describeFile(replacement.path, replacement.key)
      if (current?.etag !== replacement.etag || held.isLost()) return false
      await makeNewer(hidden, replacement.path)
      await publishOver(hidden, replacement.path)
      published = true
      return true
    } finally {
      // A lock that went stale meanwhile is no longer ours to release.
      await held.release().catch(() => undefined)
    }
  } finally {
    if (!published) await unlink(hidden.path).catch(() => undefined)
  }
}

interface HeldLock {
  readonly release: () => Promise<void>
  /** True when this process slept so long that others may have taken the lock for left behind. */
  readonly isLost: () => boolean
}

/** Null as soon as the object has another etag: then nobody need wait. */
async function lockUnlessChanged({ root, key, path, etag, signal }: Replacement): Promise<HeldLock | null> {
  const name = createHash('sha256').update(key).digest('hex').slice(0, 32)
  const lockfilePath = join(root, reservedSegment, `${name}.lock`)
  const until = Date.now() + patienceMs
  // Loading it listens for signals, to release locks: only for those who take one.
  const { lock } = await import('proper-lockfile')
  while ((await describeFile(path, key))?.etag === etag) {
    throwIfAborted(signal, `writing ${path}`)
    let lost = false
    const onCompromised = () => {
      lost = true
    }
    try {
      const release = await lock(path, { lockfilePath, realpath: false, onCompromised })
      return { release, isLost: () => lost }
    } catch (error) {
      if (systemCode(error) !== 'ELOCKED') throw error
    }
    if (Date.now() > until) throw stillLocked(path, lockfilePath)
    await sleep(pauseMs * (0.5 + Math.random()))
  }
  return null
}

/**
 * Gives the file a time behind that of the one it replaces. Etags hold size, time and inode, clocks of file systems
 * tick every few milliseconds, and inodes are used again: without it, an object replaced twice within one tick could
 * look as it did at first.
 */
async function makeNewer(hidden: HiddenFile, path: string): Promise<void> {
  const { mtimeMs } = await stat(path)
  if (Number(hidden.stats.mtimeNs) / 1e6 > mtimeMs + 1) return
  const later = new Date(Math.max(Date.now(), Math.ceil(mtimeMs) + 2))
  await utimes(hidden.path, later, later)
}

function stillLocked(path: string, lockfilePath: string): FldError {
  return new FldError(
    'store_unavailable',
    `${path} was locked by another process for ${patienceMs / 1000} s. If none is running, remove ${lockfilePath}.`,
    { details: { path, lockfilePath } },
  )
}
