import { createReadStream } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { FldError } from '../../../schemas/errors.js'
import { orAborted } from '../../storage/abort.js'
import { fileError, systemCode } from '../../storage/file-errors.js'
import type { ObjectInfo, ObjectStore, StoreOptions } from '../../storage/object-store.js'
import { refusedItem } from './source.js'

interface FileOptions {
  readonly signal?: AbortSignal | undefined
}

/** A file that a source refers to, in a folder or in a bucket. Errors are those of `SourceItem.read`. */
export interface SourceFile {
  /** Absolute path or s3:// uri. */
  readonly uri: string
  readonly name: string
  read(options: FileOptions & { limit: number }): Promise<Uint8Array>
  /** The first 1,024 bytes or fewer. */
  head(options: FileOptions): Promise<Uint8Array>
  stream(options: FileOptions): AsyncIterable<Uint8Array>
  /** Changes when the content does, as far as that can be told without reading it. */
  version(options: FileOptions): Promise<string>
}

const headBytes = 1024
/** S3's longest key, in bytes of UTF-8. A server answers a longer one with an error that does not say so. */
const longestKey = 1024

function tooLong(uri: string, bytes: number, limit: number): FldError {
  return refusedItem('too_many_bytes', `${uri} has ${bytes} bytes; allowed are ${limit}`, bytes)
}

/** What a failed file call means for the item: a refusal where the fault is the file's. */
function localFault(error: unknown, path: string, signal: AbortSignal | undefined): FldError {
  const code = systemCode(error)
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') {
    return refusedItem('source_missing', `there is no file ${path} (${code})`)
  }
  // A manifest may hold anything: a picture itself as data:, a NUL character.
  if (code === 'ENAMETOOLONG') return refusedItem('source_missing', `no path has ${path.length} characters (${code})`)
  if (path.includes('\0')) return refusedItem('source_missing', 'no path has a NUL character')
  if (code === 'EACCES' || code === 'EPERM') return refusedItem('source_denied', `${path} may not be read (${code})`)
  return fileError(error, { action: 'reading', path, signal })
}

async function statFile(path: string): Promise<{ bytes: number; version: string }> {
  const stats = await stat(path, { bigint: true })
  // Opening a pipe or a device could wait for ever.
  if (!stats.isFile()) throw refusedItem('source_denied', `${path} is not a regular file`)
  return { bytes: Number(stats.size), version: `${stats.size} ${stats.mtimeNs}` }
}

async function readStart(path: string): Promise<Uint8Array> {
  await statFile(path)
  const handle = await open(path)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** A file of this machine. */
export function localFile(path: string): SourceFile {
  async function attempt<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return orAborted(work, signal, `reading ${path}`).catch((error: unknown) => {
      throw localFault(error, path, signal)
    })
  }
  async function readWhole(limit: number): Promise<Uint8Array> {
    const { bytes } = await statFile(path)
    if (bytes > limit) throw tooLong(path, bytes, limit)
    return readFile(path)
  }
  return {
    uri: path,
    name: basename(path),
    read: ({ limit, signal }) => attempt(readWhole(limit), signal),
    head: ({ signal }) => attempt(readStart(path), signal),
    async *stream({ signal }) {
      await attempt(statFile(path), signal)
      yield* createReadStream(path, { highWaterMark: 1 << 18, ...(signal === undefined ? {} : { signal }) })
    },
    version: async ({ signal }) => {
      const facts = await attempt(statFile(path), signal).catch(() => null)
      return facts?.version ?? 'unreadable'
    },
  }
}

/** Whether anything of the bucket can be read: tells one denied object from a refused login. */
async function canList(store: ObjectStore, options: StoreOptions): Promise<boolean> {
  try {
    for await (const _ of store.list('', options)) break
    return true
  } catch {
    return false
  }
}

/**
 * An object of a bucket; `store` is opened at the bucket's root. `info` is the listing's, where it was listed. Without
 * it the version is the uri alone: asking for millions of objects one by one would take longer than packing them.
 */
export function bucketFile(store: ObjectStore, key: string, info?: ObjectInfo): SourceFile {
  const uri = `${store.uri.replace(/\/$/, '')}/${key}`
  const optionsOf = ({ signal }: FileOptions): StoreOptions => (signal === undefined ? {} : { signal })

  async function faultOf(error: unknown, options: StoreOptions): Promise<unknown> {
    if (!(error instanceof FldError)) return error
    if (error.code === 'store_missing') return refusedItem('source_missing', `there is no object ${uri}`)
    // A missing bucket or region is no fault of one object: with the wrong server set, all would be refused for good.
    const own = error.code === 'store_denied' && (await canList(store, options))
    return own ? refusedItem('source_denied', error.message) : error
  }
  async function attempt<T>(work: () => Promise<T>, options: StoreOptions): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw await faultOf(error, options)
    }
  }
  async function readWhole(limit: number, options: StoreOptions): Promise<Uint8Array> {
    const keyBytes = Buffer.byteLength(key)
    if (keyBytes > longestKey) throw refusedItem('source_missing', `no key has ${keyBytes} bytes`)
    const found = info ?? (await store.head(key, options))
    if (found === null) throw refusedItem('source_missing', `there is no object ${uri}`)
    if (found.bytes > limit) throw tooLong(uri, found.bytes, limit)
    return store.get(key, options)
  }
  return {
    uri,
    name: basename(key),
    read: ({ limit, ...rest }) => attempt(() => readWhole(limit, optionsOf(rest)), optionsOf(rest)),
    head: (options) =>
      attempt(() => store.get(key, { ...optionsOf(options), range: { start: 0, end: headBytes } }), optionsOf(options)),
    async *stream(options) {
      try {
        yield* store.stream(key, optionsOf(options))
      } catch (error) {
        throw await faultOf(error, optionsOf(options))
      }
    },
    version: async () => (info === undefined ? 'by name' : `${info.bytes} ${info.etag}`),
  }
}
