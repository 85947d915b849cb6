import { opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { throwIfAborted } from './abort.js'
import { systemCode } from './file-errors.js'
import { compareKeys, reservedSegment } from './object-key.js'
import type { ListedObject } from './object-store.js'

/** Files of one folder whose sizes are asked for at the same time. */
const page = 64

/** The part of a store that a listing asks for. */
export interface ListingRange {
  readonly root: string
  readonly prefix: string
  readonly startAfter: string | undefined
  readonly signal: AbortSignal | undefined
}

interface FolderEntry {
  /** Folders end in "/": that is how their objects' keys sort among the files beside them. */
  readonly name: string
  readonly isFolder: boolean
}

/**
 * Objects in key order, folder by folder: memory holds the names of the folders on the way down, not those of the
 * whole tree. Linked files are followed, linked folders are not (they could lead in a circle). What is deleted
 * while it runs may be missing.
 */
export async function* listFiles(range: ListingRange): AsyncGenerator<ListedObject, void, undefined> {
  const folder = range.prefix.slice(0, range.prefix.lastIndexOf('/') + 1)
  yield* listFolder(range, folder)
}

async function* listFolder(range: ListingRange, folder: string): AsyncGenerator<ListedObject, void, undefined> {
  const entries = await readFolder(range, folder)
  for (let index = 0; index < entries.length; ) {
    throwIfAborted(range.signal, `listing ${range.root}`)
    const entry = entries[index]
    if (entry?.isFolder) {
      yield* listFolder(range, folder + entry.name)
      index++
      continue
    }
    const files = filesFrom(entries, index)
    yield* await describeFiles(range.root, files, folder)
    index += files.length
  }
}

/** The files from an index up to the next folder, a page at most. */
function filesFrom(entries: readonly FolderEntry[], index: number): FolderEntry[] {
  const candidates = entries.slice(index, index + page)
  const folderAt = candidates.findIndex(({ isFolder }) => isFolder)
  return folderAt === -1 ? candidates : candidates.slice(0, folderAt)
}

/** The entries of a folder that the range can reach, sorted. A missing folder has none. */
async function readFolder(range: ListingRange, folder: string): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = []
  try {
    for await (const entry of await opendir(join(range.root, folder), { bufferSize: 1024 })) {
      const isFolder = entry.isDirectory()
      const name = isFolder ? `${entry.name}/` : entry.name
      if (isReachable(range, folder + name, isFolder)) entries.push({ name, isFolder })
    }
  } catch (error) {
    const code = systemCode(error)
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
  }
  return entries.sort((a, b) => compareKeys(a.name, b.name))
}

function isReachable({ prefix, startAfter }: ListingRange, key: string, isFolder: boolean): boolean {
  if (key === `${reservedSegment}/`) return false
  if (!key.startsWith(prefix) && !(isFolder && prefix.startsWith(key))) return false
  if (startAfter === undefined || compareKeys(key, startAfter) > 0) return true
  return isFolder && startAfter.startsWith(key)
}

async function describeFiles(root: string, files: FolderEntry[], folder: string): Promise<ListedObject[]> {
  const found = await Promise.all(files.map(({ name }) => describeFile(join(root, folder, name), folder + name)))
  return found.filter((info) => info !== null)
}

/** What the store knows of the file at a path; null when there is none. */
export async function describeFile(path: string, key: string): Promise<ListedObject | null> {
  try {
    const stats = await stat(path, { bigint: true })
    return stats.isFile() ? infoOf(key, stats) : null
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return null
    throw error
  }
}

/** Size, time and inode: a replaced file is another inode, an edited one has another time. */
export function infoOf(key: string, stats: { size: bigint; mtimeNs: bigint; ino: bigint }): ListedObject {
  const etag = [stats.size, stats.mtimeNs, stats.ino].map((value) => value.toString(16)).join('-')
  return { key, bytes: Number(stats.size), etag, modified: Number(stats.mtimeNs / 1_000_000n) }
}
