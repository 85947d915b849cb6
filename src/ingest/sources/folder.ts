import { opendir, realpath, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { throwIfAborted } from '../../storage/abort.js'
import { fileError, systemCode } from '../../storage/file-errors.js'
import { openScratchIndex, type ScratchIndex } from '../scratch-index.js'
import type { ImageSource, ItemOptions, SourceItem } from './source.js'
import { localFile } from './source-file.js'

interface FolderWalk {
  readonly root: string
  /** Real paths that are not input: the output's folder. */
  readonly excluded: readonly string[]
  readonly signal: AbortSignal | undefined
  /** Real paths of linked folders that were entered; what lies inside the root is walked where it really is. */
  readonly entered: Set<string>
}

type WalkedEntry = { readonly path: string; readonly kind: 'file' | 'folder' }

function isInside(path: string, folder: string): boolean {
  const inner = relative(folder, path)
  return inner === '' || (inner !== '..' && !inner.startsWith('../'))
}

/** Where a link leads, if it is to be followed: files always, folders outside the root once. */
async function followLink(walk: FolderWalk, path: string): Promise<WalkedEntry | null> {
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

/** Every file below a folder, in no particular order; hidden ones, devices and pipes are left out. */
async function* walkFolder(walk: FolderWalk, folder: string): AsyncGenerator<string, void, undefined> {
  const folders: string[] = []
  const links: string[] = []
  for await (const entry of await opendir(folder, { bufferSize: 1024 })) {
    throwIfAborted(walk.signal, `listing ${folder}`)
    const path = join(folder, entry.name)
    if (entry.name.startsWith('.')) continue
    if (entry.isFile()) yield path
    else if (entry.isDirectory()) folders.push(path)
    else if (entry.isSymbolicLink()) links.push(path)
  }
  // Sorted, so that of several links to one folder it is always the same that is followed.
  for (const link of links.sort()) {
    const found = await followLink(walk, link)
    if (found?.kind === 'file') yield found.path
    else if (found !== null) folders.push(found.path)
  }
  for (const inner of folders.sort()) {
    if (!walk.excluded.includes(inner)) yield* walkFolder(walk, inner)
  }
}

async function listInto(index: ScratchIndex, walk: FolderWalk): Promise<void> {
  let batch = index.db.batch()
  for await (const path of walkFolder(walk, walk.root)) {
    batch.put(relative(walk.root, path), await localFile(path).version({ signal: walk.signal }))
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
  function item(path: string, { limit, signal }: ItemOptions): SourceItem {
    const file = localFile(join(options.path, path))
    return {
      source: file.uri,
      name: file.name,
      listed: false,
      labels: null,
      read: () => file.read({ limit, signal }),
      head: () => file.head({ signal }),
    }
  }

  return {
    kind: 'folder',
    uri: options.path,
    labelled: false,
    async *items(itemOptions) {
      const { db } = await listed(itemOptions.signal)
      let ordinal = 0
      for await (const path of db.keys()) {
        if (ordinal++ >= (itemOptions.from ?? 0)) yield item(path, itemOptions)
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
