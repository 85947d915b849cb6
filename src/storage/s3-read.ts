import { Readable } from 'node:stream'
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3'
import { FldError } from '../../schemas/errors.js'
import type { ByteRange } from './object-store.js'
import { factsOf } from './s3-errors.js'
import { backOff } from './s3-retry.js'

/** What is read. */
export interface ReadTarget {
  readonly client: S3Client
  readonly bucket: string
  readonly key: string
  /** Tries without any progress before a broken body is final. */
  readonly maxAttempts: number
  readonly signal: AbortSignal | undefined
}

/**
 * The bytes of an object, or of a range of it. The SDK repeats a failed request, but not one whose body breaks off
 * later on: here such a body is taken up where it broke, and refused if the object was replaced in between.
 */
export async function* readBody(
  target: ReadTarget,
  range: ByteRange | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { key, maxAttempts, signal } = target
  let position = range?.start ?? 0
  let end = range?.end
  let etag: string | undefined
  for (let failures = 0; ; ) {
    const output = await openBody(target, position, end)
    if (output === null) return
    etag ??= output.ETag
    if (output.ETag !== etag) throw replacedWhileRead(key)
    end = position + (output.ContentLength ?? 0)
    try {
      for await (const chunk of bodyOf(output, key)) {
        position += chunk.length
        failures = 0
        yield chunk
      }
    } catch (error) {
      if (signal?.aborted || ++failures >= maxAttempts) throw error
    }
    if (position >= end) return
    await backOff(Math.max(1, failures), signal, `reading ${key}`)
  }
}

/** Null where the range starts at the object's end or beyond. */
async function openBody(
  { client, bucket, key, signal }: ReadTarget,
  start: number,
  end: number | undefined,
): Promise<GetObjectCommandOutput | null> {
  const Range = start === 0 && end === undefined ? undefined : `bytes=${start}-${end === undefined ? '' : end - 1}`
  try {
    return await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range }), abortOption(signal))
  } catch (error) {
    if (factsOf(error).status === 416) return null
    throw error
  }
}

/** The SDK's option for a signal that may be absent. */
export function abortOption(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal }
}

function bodyOf({ Body }: GetObjectCommandOutput, key: string): AsyncIterable<Uint8Array> {
  if (Body instanceof Readable) return Body
  throw new FldError('internal', `The S3 client gave no stream for ${key}.`)
}

function replacedWhileRead(key: string): FldError {
  return new FldError('store_unavailable', `${key} was replaced while it was being read. Read it again.`, {
    details: { key },
  })
}
