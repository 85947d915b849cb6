import { type ErrorCode, errorMessage, FldError } from '../../schemas/errors.js'
import { abortedError } from './abort.js'

/** Where a request went, for its error's text. */
export interface S3Target {
  readonly bucket: string
  /** The server's URL, or `AWS`. */
  readonly server: string
  /** Tries of one request. */
  readonly maxAttempts: number
}

/** What a request was for. */
export interface S3Action {
  /** As in "while ...": `writing`, `listing`. */
  readonly action: string
  /** The full key in the bucket, or its prefix. */
  readonly key: string
  readonly signal?: AbortSignal | undefined
}

/** What the SDK's errors have in common, as far as it is there. */
interface Facts {
  readonly name: string
  readonly status: number | undefined
  readonly code: string | undefined
  readonly message: string
}

interface Verdict {
  readonly code: ErrorCode
  readonly advice: string
}

const loginAdvice =
  'Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_PROFILE), and that they belong to this server.'
const credentials: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: `the access key is not known there. ${loginAdvice}`,
  SignatureDoesNotMatch: `the secret key does not fit the access key. ${loginAdvice}`,
  CredentialsProviderError:
    'no credentials were found. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.',
  ExpiredToken: 'the session token has expired. Log in again.',
  InvalidToken: 'the session token is not valid. Log in again.',
  RequestTimeTooSkewed: 'the clocks of this machine and the server differ too much. Set the clock.',
}
const networkCodes = /^(E[A-Z_]+|UND_ERR_.*|CERT_.*|DEPTH_ZERO_.*|SELF_SIGNED_.*|UNABLE_TO_.*)$/

/** True for "there is no such key", which a HEAD request tells by its status alone. */
export function isNotFound(thrown: unknown): boolean {
  const { name, status } = factsOf(thrown)
  return name === 'NoSuchKey' || name === 'NotFound' || (status === 404 && name !== 'NoSuchBucket')
}

/** The error's S3 name and HTTP status, to branch on. */
export function factsOf(thrown: unknown): Facts {
  const object: object = typeof thrown === 'object' && thrown !== null ? thrown : {}
  const metadata = '$metadata' in object && typeof object.$metadata === 'object' ? object.$metadata : null
  const status = metadata !== null && 'httpStatusCode' in metadata ? metadata.httpStatusCode : undefined
  const code = 'code' in object ? object.code : undefined
  return {
    name: thrown instanceof Error ? thrown.name : '',
    status: typeof status === 'number' ? status : undefined,
    code: typeof code === 'string' ? code : undefined,
    message: errorMessage(thrown),
  }
}

/**
 * The FldError for whatever the SDK threw; a FldError passes as it is. The cause is rebuilt from name and message only:
 * the SDK's own error can carry the signed request, session token included.
 */
export function s3Error(thrown: unknown, target: S3Target, { action, key, signal }: S3Action): FldError {
  if (thrown instanceof FldError) return thrown
  const uri = `s3://${target.bucket}/${key}`
  if (signal?.aborted) return abortedError(signal, `${action} ${uri}`)
  const facts = factsOf(thrown)
  const { code, advice } = verdict(facts, target)
  const { name, status } = facts
  return new FldError(code, `Failed ${action} ${uri} at ${target.server}: ${advice}`, {
    cause: new Error(`${name}: ${facts.message}`),
    details: { bucket: target.bucket, key, server: target.server, error: name, ...(status ? { status } : {}) },
  })
}

function verdict(facts: Facts, target: S3Target): Verdict {
  const { name, status, message } = facts
  if (name === 'NoSuchBucket') return missingBucket(target)
  if (name === 'NoSuchUpload')
    return { code: 'store_unavailable', advice: 'the server dropped the upload. Write it again.' }
  if (name === 'NoSuchKey' || status === 404) return { code: 'store_missing', advice: 'there is no such object.' }
  const login = credentials[name]
  if (login !== undefined) return { code: 'store_denied', advice: login }
  if (status === 401 || status === 403) return denied(facts, target)
  if (status === 301 || name === 'AuthorizationHeaderMalformed' || message === 'Region is missing') {
    return { code: 'config_invalid', advice: `the region is not set or not the bucket's. Set AWS_REGION. (${message})` }
  }
  if (status === 501) {
    return {
      code: 'config_invalid',
      advice: `the server does not support this request (${name}). Choose another store.`,
    }
  }
  return unavailable(facts, target)
}

function missingBucket({ bucket, server }: S3Target): Verdict {
  const advice = `bucket "${bucket}" does not exist on ${server}. Create it, or correct the s3:// location or AWS_ENDPOINT_URL_S3.`
  return { code: 'config_invalid', advice }
}

function denied({ name, message }: Facts, { bucket }: S3Target): Verdict {
  // A refused HEAD has no body: the server's reason is not known.
  const reason = name === 'AccessDenied' ? 'permission denied (AccessDenied)' : `refused (${name}: ${message})`
  const advice = `${reason}. These credentials need s3:ListBucket on bucket "${bucket}" and s3:GetObject, s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload on its objects.`
  return { code: 'store_denied', advice }
}

function unavailable({ name, status, code, message }: Facts, { maxAttempts }: S3Target): Verdict {
  const tries = `after ${maxAttempts} ${maxAttempts === 1 ? 'try' : 'tries'}`
  if (status !== undefined && status >= 500) {
    return { code: 'store_unavailable', advice: `the server still answered ${status} ${name} ${tries}.` }
  }
  if (status === 429 || name === 'SlowDown') {
    return { code: 'store_unavailable', advice: `the server still asked to slow down ${tries}.` }
  }
  if (name === 'TimeoutError' || networkCodes.test(code ?? '')) {
    const advice = `no answer ${tries} (${message || code}). Is the server running, and AWS_ENDPOINT_URL_S3 right?`
    return { code: 'store_unavailable', advice }
  }
  return { code: status === undefined ? 'internal' : 'store_unavailable', advice: `${name}: ${message}` }
}

/** The error for a bucket that a HEAD request found missing (its 404 has no body to say so). */
export function missingBucketError(target: S3Target): FldError {
  const { code, advice } = missingBucket(target)
  const { bucket, server } = target
  return new FldError(code, `Cannot use s3://${bucket}: ${advice}`, {
    details: { bucket, server, error: 'NoSuchBucket' },
  })
}
