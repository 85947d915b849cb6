import { type FileHandle, open, rmdir, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { FldError } from '../../schemas/errors.js'
import { throwIfAborted } from './abort.js'
import { checkRange } from './byte-range.js'
import { fileError, systemCode } from './file-errors.js'
import { describeFile, infoOf, listFiles } from './file-listing.js'
import {
  type HiddenFile,
  pruneFolders,
  publishIfAbsent,
  publishOver,
  sweepHidden,
  writeHidden,
} from './file-publish.js'
import { publishIfUnchanged } from './file-replace.js'
import { checkKey, checkNewKey, checkPrefix, reservedSegment } from './object-key.js'
import type { ByteRange, ListedObject, ObjectInfo, ObjectStore, StoreOptions } from './object-store.js'

const readBytes = 256 * 1024
/** Files deleted at the same time. */
const deletions = 32

/**
 * A folder as an object store. The folder is made by the first write. Content is written to a hidden file inside the
 * root, synced, and then renamed or linked to its name, so a reader sees whole versions only. Objects are plain files
 * that other programs can open.
 */
export class FileStore implements ObjectStore {
  readonly uri: string
  readonly #root: string
  #swept: Promise<void> | null = null

  constructor(folder: string) {
    this.#root = resolve(folder)
    this.uri = pathToFileURL(this.#root).href
  }

  async put(key: string, body: Uint8Array, { signal }: StoreOptions = {}): Promise<ObjectInfo> {
    return this.putStream(key, once(body), signal ? { signal } : {})
  }

  async putStream(key: string, body: AsyncIterable<Uint8Array>, { signal }: StoreOptions = {}): Promise<ObjectInfo> {
    checkNewKey(key)
    const path = this.#path(key)
    return this.#guard('writing', path, signal, async () => {
      const hidden = await this.#hide(body, signal)
      await publishOver(hidden, path)
      return infoOf(key, hidden.stats)
    })
  }

  async putIfAbsent(key: string, body: Uint8Array, { signal }: StoreOptions = {}): Promise<boolean> {
    checkNewKey(key)
    const path = this.#path(key)
    return this.#guard('writing', path, signal, async () => {
      if ((await describeFile(path, key)) !== null) return false
      return publishIfAbsent(await this.#hide(once(body), signal), path)
    })
  }

  async replaceIf(key: string, body: Uint8Array, etag: string, { signal }: StoreOptions = {}): Promise<boolean> {
    checkNewKey(key)
    const path = this.#path(key)
    return this.#guard('writing', path, signal, async () => {
      if ((await describeFile(path, key))?.etag !== etag) return false
      const hidden = await this.#hide(once(body), signal)
      return publishIfUnchanged(hidden, { root: this.#root, key, path, etag, signal })
    })
  }

  async get(key: string, { signal, range }: StoreOptions & { range?: ByteRange } = {}): Promise<Uint8Array> {
    if (range !== undefined) checkRange(key, range)
    const path = this.#path(key)
    return this.#guard('reading', path, signal, async () => {
      const handle = await openObject(path, key)
      try {
        if (range === undefined) return await handle.readFile(signal === undefined ? {} : { signal })
        const { size } = await handle.stat()
        return await readAt(handle, range.start, Math.min(range.end, size))
      } finally {
        await handle.close()
      }
    })
  }

  async *stream(key: string, { signal }: StoreOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const path = this.#path(key)
    const handle = await this.#guard('reading', path, signal, () => openObject(path, key))
    try {
      for (let position = 0; ; ) {
        const chunk = await this.#guard('reading', path, signal, () => readAt(handle, position, position + readBytes))
        if (chunk.length === 0) return
        position += chunk.length
        yield chunk
      }
    } finally {
      await handle.close()
    }
  }

  async head(key: string, { signal }: StoreOptions = {}): Promise<ObjectInfo | null> {
    const path = this.#path(key)
    return this.#guard('reading', path, signal, () => describeFile(path, key))
  }

  async *list(
    prefix: string,
    { signal, startAfter }: StoreOptions & { startAfter?: string } = {},
  ): AsyncGenerator<ListedObject, void, undefined> {
    checkPrefix(prefix)
    try {
      yield* listFiles({ root: this.#root, prefix, startAfter, signal })
    } catch (error) {
      throw fileError(error, { action: 'listing', path: join(this.#root, prefix), signal })
    }
  }

  async delete(keys: readonly string[], { signal }: StoreOptions = {}): Promise<void> {
    const paths = keys.map((key) => this.#path(key))
    for (let index = 0; index < paths.length; index += deletions) {
      const batch = paths.slice(index, index + deletions)
      await Promise.all(batch.map((path) => this.#guard('deleting', path, signal, () => removeFile(path))))
    }
    for (const folder of new Set(paths.map(dirname))) await pruneFolders(this.#root, folder)
  }

  async close(): Promise<void> {
    // Only succeeds when no other writer uses it.
    await rmdir(join(this.#root, reservedSegment)).catch(() => undefined)
  }

  #path(key: string): string {
    checkKey(key)
    return join(this.#root, key)
  }

  async #hide(body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<HiddenFile> {
    this.#swept ??= sweepHidden(this.#root)
    await this.#swept
    return writeHidden(this.#root, body, signal)
  }

  async #guard<T>(action: string, path: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    throwIfAborted(signal, `${action} ${path}`)
    try {
      return await work()
    } catch (error) {
      throw fileError(error, { action, path, signal })
    }
  }
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield body
}

/** Opens an object for reading; a folder is not an object. Throws FldError `store_missing`. */
async function openObject(path: string, key: string): Promise<FileHandle> {
  try {
    const handle = await open(path, 'r')
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
  } catch (error) {
    const code = systemCode(error)
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
  }
  throw new FldError('store_missing', `There is no object at ${path}.`, { details: { key, path } })
}

/** Bytes `start` up to, not including, `end`; fewer where the file ends. */
async function readAt(handle: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(Math.max(0, end - start))
  let length = 0
  while (length < bytes.length) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length, start + length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return bytes.subarray(0, length)
}

async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    const code = systemCode(error)
    // A folder is not an object, so there was none of this name.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return
    throw error
  }
}
