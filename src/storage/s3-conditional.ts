import { type HeadObjectCommandOutput, PutObjectCommand } from '@aws-sdk/client-s3'
import { factsOf, isNotFound } from './s3-errors.js'
import { type BucketAccess, plainEtag } from './s3-list.js'
import { abortOption } from './s3-read.js'
import { backOff } from './s3-retry.js'
import { isWrittenBy, newWriterToken, type WriterToken, writerMetadata } from './s3-writer.js'

/** A write that only happens on a condition. */
export interface ConditionalPut extends BucketAccess {
  /** The full key in the bucket. */
  readonly key: string
  readonly body: Uint8Array
  /** What is at the key now; null for nothing. Throws when the bucket is missing. */
  readonly found: () => Promise<Pick<HeadObjectCommandOutput, 'ETag' | 'Metadata'> | null>
}

type Condition = { readonly IfNoneMatch: '*' } | { readonly IfMatch: string }
/** Won, lost, or the reason to try again. */
type Outcome = boolean | { readonly cause: unknown }

/**
 * A conditional put (`If-None-Match: *`). "412, something is there" may speak of our own write: the first try landed,
 * its answer was lost, and the SDK (or a proxy on the way) repeated it. So every call marks its object with a token
 * of its own, and a 412 is a defeat only when the object there has another token. The token is new in every call and
 * arrives atomically with the content: the same token means our content, the same content from another writer never
 * counts as ours. When the object is gone again by the time we look, and on 409 (S3 is undecided between concurrent
 * writers), the put is repeated. When all tries fail the outcome is unknown: the call throws, a try may still land, and
 * a later call with the same key will then be told that it lost; the winner's content says whose it is.
 */
export async function putIfAbsent(put: ConditionalPut): Promise<boolean> {
  const token = newWriterToken()
  return untilDecided(put, async () => {
    const refusal = await send(put, { IfNoneMatch: '*' }, token)
    if (refusal === null) return true
    const { status } = factsOf(refusal)
    if (status === 409) return { cause: refusal }
    if (status !== 412) throw refusal
    const found = await put.found()
    return found === null ? { cause: refusal } : isWrittenBy(token, found.Metadata)
  })
}

/**
 * A conditional put (`If-Match: "etag"`), with tokens and repeats as in `putIfAbsent`. A missing object is answered
 * with 404 (AWS) or 412 (Ceph); either way nothing is written. Ceph 16 knows bare ETags only and answers 412 to a quoted
 * one (RFC 9110, 8.8.3, has quotes): where the object still has the ETag that was asked for, it is asked once more without.
 */
export async function putIfMatches(put: ConditionalPut, etag: string): Promise<boolean> {
  const token = newWriterToken()
  return untilDecided(put, async () => {
    let refusal: unknown = null
    for (const IfMatch of [`"${etag}"`, etag]) {
      refusal = await send(put, { IfMatch }, token)
      if (refusal === null) return true
      if (factsOf(refusal).status === 409) return { cause: refusal }
      if (factsOf(refusal).status !== 412 && !isNotFound(refusal)) throw refusal
      const found = await put.found()
      if (found === null) return false
      if (isWrittenBy(token, found.Metadata)) return true
      if (plainEtag(found.ETag) !== etag) return false
    }
    return { cause: refusal }
  })
}

async function untilDecided({ maxAttempts, signal, key }: ConditionalPut, decide: () => Promise<Outcome>) {
  for (let attempt = 1; ; attempt++) {
    const outcome = await decide()
    if (typeof outcome === 'boolean') return outcome
    if (attempt >= maxAttempts) throw outcome.cause
    await backOff(attempt, signal, `writing ${key}`)
  }
}

/** Null when it was written, else what the server said. */
async function send(
  { client, bucket, key, body, signal }: ConditionalPut,
  condition: Condition,
  token: WriterToken,
): Promise<unknown> {
  const place = { Bucket: bucket, Key: key }
  const command = new PutObjectCommand({ ...place, Body: body, ...condition, Metadata: writerMetadata(token) })
  return client.send(command, abortOption(signal)).then(
    () => null,
    (error: unknown) => error,
  )
}
