import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { untilAborted } from './abort.js'
import { factsOf } from './s3-errors.js'
import { isWrittenBy, type WriterToken, writerMetadata } from './s3-writer.js'

/** Parts of one upload that are on the wire at the same time; also how many are in memory. */
const partsInFlight = 3
/** What may be spent on telling the server that an upload is given up. */
const cleanUpMs = 30_000

/** Where the parts go. */
export interface MultipartTarget {
  readonly client: S3Client
  readonly bucket: string
  readonly key: string
  readonly token: WriterToken
}

/**
 * Uploads parts and makes them one object; until the last step nothing is visible. Returns its ETag. When anything
 * fails or the signal fires, the other parts are stopped, the upload is removed at the server, and only then does it
 * throw: the SDK's `Upload` returns first and cleans up behind the caller's back, and its requests do not hear the signal.
 */
export async function uploadParts(
  target: MultipartTarget,
  parts: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<string> {
  const { client, bucket, key, token } = target
  const create = new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, Metadata: writerMetadata(token) })
  const { UploadId } = await client.send(create, { abortSignal: signal })
  const upload = { Bucket: bucket, Key: key, UploadId }
  try {
    const done = await sendParts(client, upload, parts, signal)
    return await complete(target, upload, done, signal)
  } catch (error) {
    const abort = new AbortMultipartUploadCommand(upload)
    // What made it fail is the news; parts that cannot be removed now are the bucket's lifecycle rule's business.
    await client.send(abort, { abortSignal: AbortSignal.timeout(cleanUpMs) }).catch(() => undefined)
    throw error
  }
}

interface UploadName {
  readonly Bucket: string
  readonly Key: string
  readonly UploadId: string | undefined
}

async function sendParts(
  client: S3Client,
  upload: UploadName,
  parts: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<CompletedPart[]> {
  const failed = new AbortController()
  const abortSignal = AbortSignal.any([signal, failed.signal])
  const inFlight = new Set<Promise<unknown>>()
  const done: CompletedPart[] = []
  const send = async (PartNumber: number, Body: Uint8Array): Promise<void> => {
    const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber, Body }), { abortSignal })
    done.push({ PartNumber, ETag })
  }
  try {
    let number = 0
    for await (const part of untilAborted(parts, abortSignal, 'uploading parts')) {
      // The first failure stops the source and the other parts.
      const sending = send(++number, part).catch((error: unknown) => failed.abort(error))
      inFlight.add(sending)
      void sending.then(() => inFlight.delete(sending))
      if (inFlight.size >= partsInFlight) await Promise.race(inFlight)
    }
    await Promise.all(inFlight)
    failed.signal.throwIfAborted()
  } catch (error) {
    failed.abort(error)
    await Promise.all(inFlight)
    throw failed.signal.reason
  }
  return done.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0))
}

/**
 * The step that makes the object visible. When its answer is lost the SDK repeats it, and the server may then say that
 * there is no such upload; whether the first one counted shows in the writer token that the object carries.
 */
async function complete(
  target: MultipartTarget,
  upload: UploadName,
  Parts: CompletedPart[],
  abortSignal: AbortSignal,
): Promise<string> {
  try {
    const command = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } })
    const { ETag } = await target.client.send(command, { abortSignal })
    if (ETag) return ETag
  } catch (error) {
    if (factsOf(error).name !== 'NoSuchUpload') throw error
    const etag = await ownEtag(target, abortSignal).catch(() => null)
    if (etag === null) throw error
    return etag
  }
  // Ceph 16 leaves it empty.
  return (await ownEtag(target, abortSignal)) ?? ''
}

/** The ETag of the object, if it is the one that this upload made. */
async function ownEtag(
  { client, bucket, key, token }: MultipartTarget,
  abortSignal: AbortSignal,
): Promise<string | null> {
  const found = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal })
  return isWrittenBy(token, found.Metadata) ? (found.ETag ?? '') : null
}

/** Chunks of any length as parts of exactly `partBytes`, the last one shorter (or empty, when nothing came at all). */
export async function* partsOf(
  chunks: AsyncIterable<Uint8Array>,
  partBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let pending: Uint8Array[] = []
  let length = 0
  let count = 0
  for await (const chunk of chunks) {
    pending.push(chunk)
    length += chunk.length
    while (length >= partBytes) {
      const joined = Buffer.concat(pending)
      yield joined.subarray(0, partBytes)
      count++
      pending = [joined.subarray(partBytes)]
      length -= partBytes
    }
  }
  if (length > 0 || count === 0) yield Buffer.concat(pending)
}
