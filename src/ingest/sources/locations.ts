import { dirname, isAbsolute, posix, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ObjectInfo, ObjectStore } from '../../storage/object-store.js'
import { refusedItem } from './source.js'
import { bucketFile, localFile, type SourceFile } from './source-file.js'

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
   * The file that a manifest refers to; relative paths start at the manifest's folder. Throws FldError `image_refused`
   * for what a manifest may not refer to: http(s), other schemes, paths that climb out, this machine from a bucket.
   */
  reference(manifest: string, reference: string): Promise<SourceFile>
  close(): Promise<void>
}

/** Bucket and key of an s3:// uri; null for anything else. */
export function bucketPlace(uri: string): BucketPlace | null {
  const match = /^s3:\/\/([^/]+)(?:\/+(.*))?$/is.exec(uri)
  return match?.[1] === undefined ? null : { bucket: match[1], key: match[2] ?? '' }
}

function refuseScheme(reference: string): void {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(reference)?.[1]?.toLowerCase()
  if (scheme === undefined || scheme === 's3' || scheme === 'file') return
  const advice = scheme.startsWith('http')
    ? 'Nothing is downloaded from the web while packing: fetch the files first. '
    : ''
  throw refusedItem(
    'source_denied',
    `${reference}: ${scheme}:// is not read. ${advice}Allowed are paths and s3:// uris.`,
  )
}

function climbed(reference: string, folder: string): Error {
  return refusedItem('source_denied', `${reference} leads out of ${folder}, the folder of the manifest`)
}

function localReference(manifest: string, reference: string, outside: boolean): string {
  if (/^file:/i.test(reference)) return fileURLToPath(reference)
  // An absolute path says outright where it leads; a relative one that climbs is more often a mistake or a trick.
  if (isAbsolute(reference)) return reference
  const folder = dirname(manifest)
  const path = resolve(folder, reference)
  const inner = relative(folder, path)
  if (!outside && (inner === '..' || inner.startsWith('../'))) throw climbed(reference, folder)
  return path
}

function bucketReference({ bucket, key }: BucketPlace, reference: string, outside: boolean): string {
  const folder = posix.dirname(`/${key}`)
  if (isAbsolute(reference) || /^file:/i.test(reference)) {
    throw refusedItem('source_denied', `${reference}: a manifest in a bucket may not name files of this machine`)
  }
  const path = posix.join(folder, reference)
  const inner = posix.relative(folder, path)
  const above = reference.split('/').filter((segment) => segment === '..').length > folder.split('/').length - 1
  if ((!outside && inner.startsWith('..')) || above) throw climbed(reference, `s3://${bucket}${folder}`)
  return `s3://${bucket}${path}`
}

/**
 * `openStore` opens s3://bucket with the caller's settings; `outside` lets manifests refer to files above their folder.
 */
export function openLocations(options: {
  openStore: (uri: string) => Promise<ObjectStore>
  outside: boolean
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
    async reference(manifest, reference) {
      refuseScheme(reference)
      if (bucketPlace(reference) !== null) return file(reference)
      const place = bucketPlace(manifest)
      return file(
        place === null
          ? localReference(manifest, reference, options.outside)
          : bucketReference(place, reference, options.outside),
      )
    },
    async close() {
      for (const store of buckets.values()) await (await store).close()
    },
  }
}
