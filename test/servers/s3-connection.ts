import { randomUUID } from 'node:crypto'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { inject } from 'vitest'
import type { Radosgw } from './radosgw.js'

/** How to reach the S3 server of this test run. */
export type S3Connection = Omit<Radosgw, 'stop'>

/** The S3 server of this test run (a real Ceph gateway), started by whoever asks first. Throws when it cannot start. */
export async function s3Connection(): Promise<S3Connection> {
  const response = await fetch(inject('s3Broker'))
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return JSON.parse(text)
}

/** The SDK's plain client, to look behind the store's back. */
export function plainClient({ endpoint, region, accessKeyId, secretAccessKey }: S3Connection): S3Client {
  return new S3Client({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true })
}

/** A new, empty bucket of the server's owner. */
export async function createBucket(connection: S3Connection): Promise<string> {
  const bucket = `test-${randomUUID()}`
  const client = plainClient(connection)
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  client.destroy()
  return bucket
}
