import { HeadBucketCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { FldError } from '../../schemas/errors.js'
import { throwIfAborted, untilAborted } from './abort.js'
import { checkRange } from './byte-range.js'
import { checkNewKey } from './object-key.js'
import type { ByteRange, ListedObject, ObjectInfo, ObjectStore, StoreOptions } from './object-store.js'
import { s3Client } from './s3-client.js'
import { type ConditionalPut, putIfAbsent, putIfMatches } from './s3-conditional.js'
import { factsOf, isNotFound, missingBucketError, type S3Target, s3Error } from './s3-errors.js'
import { type BucketAccess, deleteObjects, listObjects, plainEtag } from './s3-list.js'
import { partsOf, uploadParts } from './s3-multipart.js'
import { abortOption, readBody } from './s3-read.js'
import type { S3Settings } from './s3-settings.js'
import { newWriterToken } from './s3-writer.js'

/** Bodies above so many parts are uploaded in parts. */
const partsOfSinglePut = 4

/** Where in which bucket a store lives. */
export interface S3Place {
  readonly bucket: string
  /** Without slashes at its ends; empty for the whole bucket. */
  readonly prefix: string
}

/** A bucket, or a prefix of one, as an object store. Owns its connections: close it. */
export class S3Store implements ObjectStore {
  readonly uri: string
  readonly #client: S3Client
  readonly #target: S3Target
  readonly #prefix: string
  readonly #partBytes: number
  #bucketSeen = false

  constructor({ bucket, prefix }: S3Place, settings: S3Settings) {
    this.uri = prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`
    this.#client = s3Client(settings)
    this.#target = { bucket, server: settings.endpoint ?? 'AWS', maxAttempts: settings.maxAttempts }
    this.#prefix = prefix === '' ? '' : `${prefix}/`
    this.#partBytes = settings.partBytes
  }

  async put(key: string, body: Uint8Array, { signal }: StoreOptions = {}): Promise<ObjectInfo> {
    checkNewKey(key)
    const single = body.length <= partsOfSinglePut * this.#partBytes
    const etag = await this.#guard('writing', key, signal, () =>
      single ? this.#putWhole(key, body, signal) : this.#putParts(key, slices(body, this.#partBytes), signal),
    )
    return { key, bytes: body.length, etag: plainEtag(etag) }
  }

  async putStream(key: string, body: AsyncIterable<Uint8Array>, { signal }: StoreOptions = {}): Promise<ObjectInfo> {
    checkNewKey(key)
    let bytes = 0
    const etag = await this.#guard('writing', key, signal, async () => {
      const parts = partsOf(untilAborted(body, signal, `writing ${key}`), this.#partBytes)
      const first = (await parts.next()).value ?? new Uint8Array()
      bytes = first.length
      if (first.length < this.#partBytes) return this.#putWhole(key, first, signal)
      const counted = async function* () {
        yield first
        for await (const part of parts) {
          bytes += part.length
          yield part
        }
      }
      return this.#putParts(key, counted(), signal)
    })
    return { key, bytes, etag: plainEtag(etag) }
  }

  async putIfAbsent(key: string, body: Uint8Array, { signal }: StoreOptions = {}): Promise<boolean> {
    checkNewKey(key)
    return this.#guard('writing', key, signal, () => putIfAbsent(this.#conditionalPut(key, body, signal)))
  }

  async replaceIf(key: string, body: Uint8Array, etag: string, { signal }: StoreOptions = {}): Promise<boolean> {
    checkNewKey(key)
    return this.#guard('writing', key, signal, () => putIfMatches(this.#conditionalPut(key, body, signal), etag))
  }

  async get(key: string, { signal, range }: StoreOptions & { range?: ByteRange } = {}): Promise<Uint8Array> {
    if (range !== undefined) checkRange(key, range)
    return this.#guard('reading', key, signal, async () => {
      // S3 has no way to ask for no bytes; the object must be there all the same.
      const asked =
        range !== undefined && range.start === range.end ? { start: range.start, end: range.end + 1 } : range
      const chunks: Uint8Array[] = []
      for await (const chunk of this.#read(key, asked, signal)) chunks.push(chunk)
      const [only] = chunks
      const bytes = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)
      return asked === range ? bytes : bytes.subarray(0, 0)
    })
  }

  async *stream(key: string, { signal }: StoreOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    throwIfAborted(signal, `reading ${key}`)
    try {
      yield* this.#read(key, undefined, signal)
    } catch (error) {
      throw this.#error(error, 'reading', key, signal)
    }
  }

  async head(key: string, { signal }: StoreOptions = {}): Promise<ObjectInfo | null> {
    return this.#guard('reading', key, signal, async () => {
      const found = await this.#headObject(key, signal)
      return found === null ? null : { key, bytes: found.ContentLength ?? 0, etag: plainEtag(found.ETag) }
    })
  }

  async *list(
    prefix: string,
    { signal, startAfter }: StoreOptions & { startAfter?: string } = {},
  ): AsyncGenerator<ListedObject, void, undefined> {
    throwIfAborted(signal, `listing ${prefix}`)
    const after = startAfter === undefined || startAfter === '' ? undefined : this.#prefix + startAfter
    try {
      for await (const info of listObjects(this.#access(signal), this.#prefix + prefix, after)) {
        throwIfAborted(signal, `listing ${prefix}`)
        const key = info.key.slice(this.#prefix.length)
        // Consoles mark a "folder" by an object of its name: that of the store itself is nobody's object.
        if (key !== '') yield { ...info, key }
      }
    } catch (error) {
      throw this.#error(error, 'listing', prefix, signal)
    }
  }

  async delete(keys: readonly string[], { signal }: StoreOptions = {}): Promise<void> {
    const [first] = keys
    if (first === undefined) return
    const full = keys.map((key) => this.#prefix + key)
    const refused = await this.#guard('deleting', first, signal, () => deleteObjects(this.#access(signal), full))
    if (refused.length > 0) throw this.#notDeleted(refused)
  }

  async close(): Promise<void> {
    this.#client.destroy()
  }

  async #putWhole(key: string, body: Uint8Array, signal: AbortSignal | undefined): Promise<string | undefined> {
    const command = new PutObjectCommand({ Bucket: this.#target.bucket, Key: this.#prefix + key, Body: body })
    return (await this.#client.send(command, abortOption(signal))).ETag
  }

  async #putParts(key: string, parts: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<string> {
    const target = { client: this.#client, bucket: this.#target.bucket, key: this.#prefix + key }
    return uploadParts({ ...target, token: newWriterToken() }, parts, signal ?? new AbortController().signal)
  }

  #conditionalPut(key: string, body: Uint8Array, signal: AbortSignal | undefined): ConditionalPut {
    const found = () => this.#headObject(key, signal)
    return { ...this.#access(signal), key: this.#prefix + key, body, found }
  }

  #read(key: string, range: ByteRange | undefined, signal: AbortSignal | undefined) {
    return readBody({ ...this.#access(signal), key: this.#prefix + key }, range)
  }

  async #headObject(key: string, signal: AbortSignal | undefined) {
    const command = new HeadObjectCommand({ Bucket: this.#target.bucket, Key: this.#prefix + key })
    try {
      return await this.#client.send(command, abortOption(signal))
    } catch (error) {
      if (!isNotFound(error)) throw error
      await this.#requireBucket(signal)
      return null
    }
  }

  /** A HEAD's 404 does not say whether the key or the bucket is missing; asked once. */
  async #requireBucket(signal: AbortSignal | undefined): Promise<void> {
    if (this.#bucketSeen) return
    try {
      await this.#client.send(new HeadBucketCommand({ Bucket: this.#target.bucket }), abortOption(signal))
    } catch (error) {
      if (isNotFound(error)) throw missingBucketError(this.#target)
      // Without permission to ask, the bucket is there all the same.
      if (factsOf(error).status !== 403) throw error
    }
    this.#bucketSeen = true
  }

  #access(signal: AbortSignal | undefined): BucketAccess {
    const { bucket, maxAttempts } = this.#target
    return { client: this.#client, bucket, maxAttempts, signal }
  }

  #notDeleted(refused: readonly { Key?: string | undefined; Code?: string | undefined }[]): FldError {
    const shown = refused.slice(0, 3).map(({ Key, Code }) => `${Key} (${Code})`)
    const more = refused.length > shown.length ? ` and ${refused.length - shown.length} more` : ''
    const denied = refused.some(({ Code }) => Code === 'AccessDenied')
    return new FldError(
      denied ? 'store_denied' : 'store_unavailable',
      `${this.#target.server} did not delete from bucket "${this.#target.bucket}": ${shown.join(', ')}${more}.`,
      { details: { refused: refused.map(({ Key, Code }) => ({ key: Key, error: Code })) } },
    )
  }

  async #guard<T>(action: string, key: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    throwIfAborted(signal, `${action} ${key}`)
    try {
      return await work()
    } catch (error) {
      throw this.#error(error, action, key, signal)
    }
  }

  #error(thrown: unknown, action: string, key: string, signal: AbortSignal | undefined): FldError {
    return s3Error(thrown, this.#target, { action, key: this.#prefix + key, signal })
  }
}

async function* slices(body: Uint8Array, bytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let start = 0; start < body.length; start += bytes) yield body.subarray(start, start + bytes)
}
