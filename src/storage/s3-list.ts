import {
  DeleteObjectsCommand,
  type _Error as DeletionError,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3'
import type { ListedObject } from './object-store.js'
import { abortOption } from './s3-read.js'
import { backOff } from './s3-retry.js'

/** What S3 takes in one DeleteObjects request. */
const deletionsPerRequest = 1000
const passingFaults = new Set(['InternalError', 'SlowDown', 'ServiceUnavailable', 'RequestTimeout'])

/** One bucket and how to talk to it. */
export interface BucketAccess {
  readonly client: S3Client
  readonly bucket: string
  readonly maxAttempts: number
  readonly signal: AbortSignal | undefined
}

/** Objects under a prefix of the bucket, by pages of the server's size; keys are the bucket's. */
export async function* listObjects(
  { client, bucket, signal }: BucketAccess,
  prefix: string,
  startAfter: string | undefined,
): AsyncGenerator<ListedObject, void, undefined> {
  let token: string | undefined
  do {
    const position = token === undefined ? { StartAfter: startAfter } : { ContinuationToken: token }
    const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...position })
    const page = await client.send(command, abortOption(signal))
    for (const { Key, Size, ETag, LastModified } of page.Contents ?? []) {
      // A server that does not say when counts as having written it now: nothing that is swept by its age goes too early.
      const modified = LastModified?.getTime() ?? Date.now()
      if (Key !== undefined) yield { key: Key, bytes: Size ?? 0, etag: plainEtag(ETag), modified }
    }
    token = page.IsTruncated ? page.NextContinuationToken : undefined
  } while (token !== undefined)
}

/** Deletes keys of the bucket. Returns those that the server refused, with its reason; passing faults are repeated. */
export async function deleteObjects(access: BucketAccess, keys: readonly string[]): Promise<DeletionError[]> {
  const refused: DeletionError[] = []
  for (let index = 0; index < keys.length; index += deletionsPerRequest) {
    refused.push(...(await deletePage(access, keys.slice(index, index + deletionsPerRequest))))
  }
  return refused
}

async function deletePage(access: BucketAccess, keys: readonly string[]): Promise<DeletionError[]> {
  const { client, bucket, maxAttempts, signal } = access
  const refused: DeletionError[] = []
  let remaining = keys
  for (let attempt = 1; ; attempt++) {
    const Delete = { Objects: remaining.map((Key) => ({ Key })), Quiet: true }
    const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete }), abortOption(signal))
    const passing = attempt < maxAttempts ? Errors.filter(({ Code }) => passingFaults.has(Code ?? '')) : []
    refused.push(...Errors.filter((error) => error.Code !== 'NoSuchKey' && !passing.includes(error)))
    remaining = passing.flatMap(({ Key }) => (Key === undefined ? [] : [Key]))
    if (remaining.length === 0) return refused
    await backOff(attempt, signal, 'deleting')
  }
}

/** S3 quotes ETags in some answers and not in others. */
export function plainEtag(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '')
}
