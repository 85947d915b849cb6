import { dirname, isAbsolute, posix, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errorMessage, FldError } from '../../../schemas/errors.js'
import type { ObjectInfo, ObjectStore } from '../../storage/object-store.js'
import { shownReference, withoutUser } from './shown-reference.js'
import { refusedItem } from './source.js'
import { bucketFile, localFile, type SourceFile } from './source-file.js'
import { checkUrl, noWeb, type WebAccess, webFile } from './web-file.js'

/** The object that an s3:// uri names. */
export interface BucketPlace {
  readonly bucket: string
  /** Without a leading slash; empty for the bucket itself. */
  readonly key: string
}

/** Finds the files that sources refer to. Owns the buckets' connections. */
export interface Locations {
  bucket(bucket: string): Promise<ObjectStore>
  /** The file at an absolute path or s3:// uri. */
  file(uri: string, info?: ObjectInfo): Promise<SourceFile>
  /**
   * The file that a manifest refers to; relative paths start at `folder` (absolute path or s3:// uri). Throws FldError `image_refused`
   * for what a manifest may not refer to: hosts that are not allowed, other schemes, paths that climb out, this machine from a bucket.
   */
  reference(folder: string, reference: string): Promise<SourceFile>
  close(): Promise<void>
}

/** The folder that a file is in: of an absolute path or of an s3:// uri. */
export function folderOf(uri: string): string {
  const place = bucketPlace(uri)
  if (place === null) return dirname(uri)
  return `s3://${place.bucket}/${place.key.slice(0, Math.max(0, place.key.lastIndexOf('/')))}`
}

/** Bucket and key of an s3:// uri; null for anything else. */
export function bucketPlace(uri: string): BucketPlace | null {
  const match = /^s3:\/\/([^/]+)(?:\/+(.*))?$/is.exec(uri)
  return match?.[1] === undefined ? null : { bucket: match[1], key: match[2] ?? '' }
}

/** The address that a reference is, where it is one of the web; its password is not repeated. */
function webAddress(reference: string): URL | null {
  if (!/^https?:\/\//i.test(reference)) return null
  try {
    return new URL(reference)
  } catch {
    throw refusedItem('source_missing', 'what begins like an address of the web is none')
  }
}

function refuseCredentials(reference: string): void {
  if (withoutUser(reference) === reference) return
  throw refusedItem(
    'source_denied',
    `${shownReference(reference)} has a user or a password before its host, which is not sent`,
  )
}

function refuseScheme(reference: string): void {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(reference)?.[1]?.toLowerCase()
  if (scheme === undefined || scheme === 's3' || scheme === 'file') return
  throw refusedItem(
    'source_denied',
    `${scheme}:// is not read. Allowed are paths, s3:// uris, and hosts of --allow-hosts.`,
  )
}

/** A bucket's name that no bucket can have is the row's fault, not the source's. */
function refuseBucket(error: unknown): never {
  if (error instanceof FldError && error.code === 'config_invalid') throw refusedItem('source_denied', error.message)
  throw error
}

function climbed(reference: string, folder: string): Error {
  const advice = 'name it by its whole path or uri, or put the manifest in a folder above it'
  return refusedItem(
    'source_denied',
    `${reference} leads out of ${folder}, where the manifest's paths start; ${advice}`,
  )
}

function urlPath(reference: string): string {
  try {
    return fileURLToPath(reference)
  } catch (error) {
    throw refusedItem('source_missing', `${reference} names no file of this machine: ${errorMessage(error)}`)
  }
}

function localReference(folder: string, reference: string, outside: boolean): string {
  if (/^file:/i.test(reference)) return urlPath(reference)
  // An absolute path says outright where it leads; a relative one that climbs is more often a mistake or a trick.
  if (isAbsolute(reference)) return reference
  const path = resolve(folder, reference)
  const inner = relative(folder, path)
  if (!outside && (inner === '..' || inner.startsWith('../'))) throw climbed(reference, folder)
  return path
}

function bucketReference(folder: string, { bucket, key }: BucketPlace, reference: string, outside: boolean): string {
  if (isAbsolute(reference) || /^file:/i.test(reference)) {
    throw refusedItem('source_denied', `${reference}: a manifest in a bucket may not name files of this machine`)
  }
  const path = posix.join(key, reference)
  const inner = posix.relative(posix.join('/', key), posix.join('/', path))
  if (path.startsWith('..') || (!outside && inner.startsWith('..'))) throw climbed(reference, folder)
  return `s3://${bucket}/${path}`
}

/**
 * `openStore` opens s3://bucket with the caller's settings; `outside` lets manifests refer to files above their folder; `web` is
 * what they may refer to beyond.
 */
export function openLocations(options: {
  openStore: (uri: string) => Promise<ObjectStore>
  outside: boolean
  web?: WebAccess
}): Locations {
  const buckets = new Map<string, Promise<ObjectStore>>()

  function bucketStore(bucket: string): Promise<ObjectStore> {
    const known = buckets.get(bucket) ?? options.openStore(`s3://${bucket}`)
    buckets.set(bucket, known)
    return known
  }
  async function file(uri: string, info?: ObjectInfo): Promise<SourceFile> {
    const place = bucketPlace(uri)
    return place === null ? localFile(uri) : bucketFile(await bucketStore(place.bucket), place.key, info)
  }
  return {
    bucket: bucketStore,
    file,
    async reference(folder, reference) {
      refuseCredentials(reference)
      const address = webAddress(reference)
      if (address !== null) {
        const { web = noWeb } = options
        checkUrl(address, web)
        return webFile(address, web)
      }
      refuseScheme(reference)
      if (bucketPlace(reference) !== null) return file(reference).catch(refuseBucket)
      const place = bucketPlace(folder)
      if (place === null) return file(localReference(folder, reference, options.outside))
      return file(bucketReference(folder, place, reference, options.outside))
    },
    async close() {
      // One that could not be opened was a refusal.
      for (const store of buckets.values()) await (await store.catch(() => null))?.close()
    },
  }
}
