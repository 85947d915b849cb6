import type { Dir } from 'node:fs'
import { opendir, realpath, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { throwIfAborted } from '../../storage/abort.js'
import { fileError, systemCode } from '../../storage/file-errors.js'
import { openScratchIndex, type ScratchIndex } from '../scratch-index.js'
import { type ImageSource, type ItemOptions, refusedItem, type SourceItem } from './source.js'
import { localFile } from './source-file.js'
import { fileItem, refusedSourceItem } from './source-item.js'

interface FolderWalk {
  readonly root: string
  /** Real paths that are not input: the output's folder. */
  readonly excluded: readonly string[]
  readonly signal: AbortSignal | undefined
  /** Real paths of linked folders that were entered; what lies inside the root is walked where it really is. */
  readonly entered: Set<string>
}

/** A file, or a folder that is to be entered or, where the walk gives it, may not be. */
interface FoundEntry {
  readonly path: string
  readonly kind: 'file' | 'folder'
}

/** Stands in the listing for the version of a folder that may not be read. */
const deniedFolder = 'denied folder'

function isInside(path: string, folder: string): boolean {
  const inner = relative(folder, path)
  return inner === '' || (inner !== '..' && !inner.startsWith('../'))
}

/** Where a link leads, if it is to be followed: files always, folders outside the root once. */
async function followLink(walk: FolderWalk, path: string): Promise<FoundEntry | null> {
  try {
    const stats = await stat(path)
    if (stats.isFile()) return { path, kind: 'file' }
    if (!stats.isDirectory()) return null
    const real = await realpath(path)
    if (isInside(real, walk.root) || isInside(walk.root, real) || walk.entered.has(real)) return null
    walk.entered.add(real)
    return { path, kind: 'folder' }
  } catch (error) {
    // A link to nowhere is still a file of the source: reading it says what is wrong with it.
    if (systemCode(error) === 'ENOENT') return { path, kind: 'file' }
    return null
  }
}

/** The folder's entries, or null where it may not be read; the root always may, or the source is none. */
async function openFolder(walk: FolderWalk, folder: string): Promise<Dir | null> {
  try {
    return await opendir(folder, { bufferSize: 1024 })
  } catch (error) {
    if (folder !== walk.root && ['EACCES', 'EPERM'].includes(systemCode(error) ?? '')) return null
    throw error
  }
}

/** Every file below a folder, in no particular order; hidden ones, devices and pipes are left out. */
async function* walkFolder(walk: FolderWalk, folder: string): AsyncGenerator<FoundEntry, void, undefined> {
  const folders: string[] = []
  const links: string[] = []
  const entries = await openFolder(walk, folder)
  if (entries === null) {
    yield { path: folder, kind: 'folder' }
    return
  }
  for await (const entry of entries) {
    throwIfAborted(walk.signal, `listing ${folder}`)
    const path = join(folder, entry.name)
    if (entry.name.startsWith('.')) continue
    if (entry.isFile()) yield { path, kind: 'file' }
    else if (entry.isDirectory()) folders.push(path)
    else if (entry.isSymbolicLink()) links.push(path)
  }
  // Sorted, so that of several links to one folder it is always the same that is followed.
  for (const link of links.sort()) {
    const found = await followLink(walk, link)
    if (found?.kind === 'file') yield found
    else if (found !== null) folders.push(found.path)
  }
  for (const inner of folders.sort()) {
    if (!walk.excluded.includes(inner)) yield* walkFolder(walk, inner)
  }
}

async function listInto(index: ScratchIndex, walk: FolderWalk): Promise<void> {
  let batch = index.db.batch()
  for await (const { path, kind } of walkFolder(walk, walk.root)) {
    const version = kind === 'folder' ? deniedFolder : await localFile(path).version({ signal: walk.signal })
    batch.put(relative(walk.root, path), version)
    if (batch.length < 1000) continue
    await batch.write()
    batch = index.db.batch()
  }
  await batch.write()
}

/**
 * The files of a folder and the folders in it, in the order of their relative paths' UTF-8 bytes (as S3 sorts keys).
 * Hidden files are left out, and so is `excluded`, the folder that the results go to. Linked files are read; linked
 * folders are entered once, and only where they lead out of the folder, so that no link leads in a circle. The listing
 * is made once and kept on disk.
 */
export function folderSource(options: {
  path: string
  excluded: readonly string[]
  work_folder?: string | undefined
}): ImageSource {
  let listing: Promise<ScratchIndex> | null = null

  async function list(signal: AbortSignal | undefined): Promise<ScratchIndex> {
    const index = await openScratchIndex({ folder: options.work_folder })
    try {
      const root = await realpath(options.path)
      const excluded = await Promise.all(options.excluded.map((path) => realpath(path).catch(() => path)))
      await listInto(index, { root, excluded, signal, entered: new Set() })
      return index
    } catch (error) {
      await index.close()
      throw fileError(error, { action: 'listing', path: options.path, signal })
    }
  }
  function listed(signal: AbortSignal | undefined): Promise<ScratchIndex> {
    listing ??= list(signal).catch((error: unknown) => {
      listing = null
      throw error
    })
    return listing
  }
  function item(path: string, version: string, itemOptions: ItemOptions): SourceItem {
    const full = join(options.path, path)
    if (version !== deniedFolder) return fileItem(localFile(full), itemOptions, { listed: false, labels: null })
    return refusedSourceItem(full, refusedItem('source_denied', `the folder ${full} may not be listed`))
  }

  return {
    kind: 'folder',
    uri: options.path,
    labelled: false,
    async *items(itemOptions) {
      const { db } = await listed(itemOptions.signal)
      let ordinal = 0
      for await (const [path, version] of db.iterator()) {
        if (ordinal++ >= (itemOptions.from ?? 0)) yield item(path, version, itemOptions)
      }
    },
    async *versions({ signal }) {
      const { db } = await listed(signal)
      for await (const [path, version] of db.iterator()) yield `${path} ${version}`
    },
    async close() {
      await (await listing)?.close()
    },
  }
}
