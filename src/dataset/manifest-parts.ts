import { createHash } from 'node:crypto'
import { FldError } from '../../schemas/errors.js'
import { type ManifestPart, manifestPartSchema, type SnapshotShard } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { inOrder } from '../storage/in-order.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { parseRecord } from './json-record.js'

/** Shards of a part: about 1 MB, so that one part is little to hold and 126 M images are a few hundred of them. */
const shardsOfPart = 1_000

/** Parts that are fetched or written at a time. */
export const partsAtHand = 2

/** A stretch of a snapshot, as the manifest names it and as it is written. */
export interface EncodedPart {
  readonly part: ManifestPart
  readonly body: Uint8Array
}

/** Cuts the shards of a snapshot into parts; one part's shards are in memory at a time. */
export async function* encodeParts(
  place: { run: string; round: number },
  shards: AsyncIterable<SnapshotShard> | Iterable<SnapshotShard>,
): AsyncGenerator<EncodedPart, void, undefined> {
  let stretch: SnapshotShard[] = []
  for await (const { shard, attempt, files } of shards) {
    stretch.push({ shard, attempt, files })
    if (stretch.length < shardsOfPart) continue
    yield encodePart(place, stretch)
    stretch = []
  }
  if (stretch.length > 0) yield encodePart(place, stretch)
}

function encodePart({ run, round }: { run: string; round: number }, shards: readonly SnapshotShard[]): EncodedPart {
  const body = new TextEncoder().encode(`${JSON.stringify({ shards })}\n`)
  const sha256 = createHash('sha256').update(body).digest('hex')
  const key = storeLayout.manifestPart(run, round, sha256)
  const [first, last] = [shards[0]?.shard ?? '', shards.at(-1)?.shard ?? '']
  return { part: { key, first, last, shards: shards.length, sha256, bytes: body.byteLength }, body }
}

/**
 * Writes the parts of a snapshot as they fill and returns what the manifest says of them. A part that is there is
 * written again, with the same bytes: whoever sweeps what no manifest names sees that it is young.
 */
export async function writeParts(
  store: ObjectStore,
  parts: AsyncIterable<EncodedPart>,
  options: StoreOptions = {},
): Promise<ManifestPart[]> {
  const write = async ({ part, body }: EncodedPart) => {
    await store.put(part.key, body, options)
    return part
  }
  const written: ManifestPart[] = []
  for await (const part of inOrder(parts, { concurrency: partsAtHand, work: write })) written.push(part)
  return written
}

/** The shards of one part. Throws FldError `store_missing` where it is gone, `store_corrupt` where it is another than the manifest names. */
export async function readPart(
  store: ObjectStore,
  { key, sha256 }: ManifestPart,
  options: StoreOptions = {},
): Promise<SnapshotShard[]> {
  const body = await store.get(key, options)
  const found = createHash('sha256').update(body).digest('hex')
  const where = `${store.uri}: ${key}`
  if (found === sha256) return parseRecord(body, manifestPartSchema, { where, key }).shards
  const message = `${where} has sha256 ${found}, and the manifest names it with ${sha256}`
  throw new FldError('store_corrupt', message, { details: { key } })
}
