import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { IngestSettings } from './settings.js'
import type { ImageSource } from './sources/source.js'

/** Raised when the same source and settings would be packed otherwise. */
const packingVersion = 2

/**
 * Hash over the source's listing (names with sizes and times, or etags; no image is read), 64 hex digits: another
 * listing, another fingerprint.
 */
export async function sourceFingerprint(
  source: ImageSource,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const hash = createHash('sha256').update(source.kind)
  for await (const version of source.versions({ signal })) hash.update(`\n${version}`)
  return hash.digest('hex')
}

/** Lower-case letters, digits and dashes of a name, 40 at most. */
function slugOf(uri: string): string {
  const words = basename(uri.replace(/[*?{}[\]]/g, ' ')).toLowerCase()
  const slug = words.replace(/\.(txt|jsonl|ndjson|csv|tsv|json|tar)$/, '').replace(/[^a-z0-9]+/g, '-')
  return slug.slice(0, 40).replace(/^-+|-+$/g, '') || 'images'
}

/**
 * The name of the set that these settings make of this source: a readable part and 8 hex digits that change with the
 * source's listing and with the settings. The same source gives the same name, so an ingest finds what it began.
 */
export async function setName(
  source: ImageSource,
  settings: IngestSettings,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const fingerprint = await sourceFingerprint(source, options)
  const recorded = JSON.stringify({ packingVersion, fingerprint, ...settings })
  return `${slugOf(source.uri)}-${createHash('sha256').update(recorded).digest('hex').slice(0, 8)}`
}

/**
 * The digest under which a set's own labels are stored as observations of the annotators of a source; null where this kind
 * of source cannot carry labels. The set's name stands for the labels themselves: other labels, other set.
 */
export function labelDigest(source: ImageSource, set: string): string | null {
  if (!source.labelled) return null
  return createHash('sha256').update(`source labels ${packingVersion} ${set}`).digest('hex').slice(0, 16)
}
