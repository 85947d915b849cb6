import { S3Client } from '@aws-sdk/client-s3'
import { retryStrategy } from './s3-retry.js'
import type { S3Settings } from './s3-settings.js'

const connectTimeoutMs = 10_000
/** Regions mean nothing to most servers other than AWS, but a signature needs one. */
const regionElsewhere = 'us-east-1'

/**
 * The SDK's client. Checksums only where S3 requires them: the SDK's default trailers are refused by servers older
 * than them (Ceph 16 answers streams with 411).
 */
export function s3Client(settings: S3Settings): S3Client {
  const { endpoint, credentials, maxAttempts, idleTimeoutMs } = settings
  const region = settings.region ?? (endpoint === undefined ? undefined : regionElsewhere)
  return new S3Client({
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials: withoutUndefined(credentials) }),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts,
    retryStrategy: retryStrategy(maxAttempts),
    requestHandler: { connectionTimeout: connectTimeoutMs, socketTimeout: idleTimeoutMs },
  })
}

type Credentials = NonNullable<S3Settings['credentials']>

function withoutUndefined({ accessKeyId, secretAccessKey, sessionToken }: Credentials) {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}
