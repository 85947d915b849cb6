import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { FldError } from '../../schemas/errors.js'
import { FileStore } from './file-store.js'
import type { ObjectStore } from './object-store.js'
import { type S3Settings, s3SettingsSchema } from './s3-settings.js'

const allowed = 'Allowed are a folder path, file:///folder and s3://bucket/prefix.'

/** How to open a store. */
export interface OpenStoreOptions {
  /** For s3:// locations; see `s3Settings(env)`. Left out, the SDK's own chain applies. */
  readonly s3?: Partial<S3Settings>
}

/**
 * The object store at a location: a folder path (relative to the working directory), `file:///folder` or
 * `s3://bucket/prefix`. Nothing is made or asked yet, a path that is not a folder apart. Close it when done.
 * Throws FldError `config_invalid` naming the location and what is allowed.
 */
export async function openStore(location: string, { s3 = {} }: OpenStoreOptions = {}): Promise<ObjectStore> {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(location)?.[1]?.toLowerCase()
  if (scheme === 's3') return openS3(location, s3)
  if (scheme === 'file') return openFolder(folderOf(location), location)
  if (scheme !== undefined) throw refusal(location, `"${scheme}:" is not a kind of store`)
  if (location.trim() === '') throw refusal(location, 'the location is empty')
  return openFolder(location, location)
}

async function openFolder(folder: string, location: string): Promise<ObjectStore> {
  const stats = await stat(folder).catch(() => null)
  if (stats !== null && !stats.isDirectory()) throw refusal(location, 'there is a file of this name, not a folder')
  return new FileStore(folder)
}

async function openS3(location: string, given: Partial<S3Settings>): Promise<ObjectStore> {
  // The SDK takes a while to load: only those who use it wait.
  const { S3Store } = await import('./s3-store.js')
  return new S3Store(s3Place(location), s3SettingsSchema.parse(given))
}

/** Bucket names as AWS has them (3 to 63 characters), and the underscores and capitals that other servers allow. */
function s3Place(location: string): { bucket: string; prefix: string } {
  const match = /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9])(?:\/+(.*?)\/*)?$/i.exec(location)
  const [, bucket, prefix = ''] = match ?? []
  if (bucket === undefined) throw refusal(location, 'it names no valid bucket')
  if (prefix.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw refusal(location, 'its prefix has a "." or ".." segment')
  }
  return { bucket, prefix }
}

function folderOf(location: string): string {
  try {
    // The URL parser would take a relative one for an absolute one.
    if (!/^file:\//i.test(location)) throw new TypeError('no slash after "file:"')
    return fileURLToPath(location)
  } catch (error) {
    throw refusal(location, 'it is not a file URL with an absolute path', error)
  }
}

/** What stands before an "@" may be a password, and is not repeated. */
function refusal(asked: string, fault: string, cause?: unknown): FldError {
  const location = asked.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1...@')
  return new FldError('config_invalid', `Cannot open a store at ${JSON.stringify(location)}: ${fault}. ${allowed}`, {
    cause,
    details: { location },
  })
}
