import { FldError } from '../../schemas/errors.js'
import type { Manifest, ManifestPart, SnapshotShard } from '../../schemas/run.js'
import { manifestSha256, readManifest } from '../dataset/manifest.js'
import { readPart } from '../dataset/manifest-parts.js'
import { createByteCache } from '../models/byte-cache.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'

/** The shards of a snapshot by their index, in the order of their names: what an order that leaps about reads from. */
export interface SnapshotCatalog {
  readonly manifest: Manifest
  /** The first 16 hex digits of the sha256 of the manifest's bytes, which settle all that the snapshot holds. */
  readonly digest: string
  readonly shards: number
  /** Throws FldError `store_missing` or `store_corrupt` where the part that names the shard is not what it should be. */
  shard(index: number, options?: StoreOptions): Promise<SnapshotShard>
}

/** Parts are kept within this many bytes of their JSON: 126 M images have some 250 of about 1 MB. */
const keptPartBytes = 32 * 1024 * 1024

/**
 * Opens the newest snapshot of a round for reading in any order. Throws FldError `run_missing` where the round is not
 * closed: what is still growing has no order that stays.
 */
export async function openCatalog(
  store: ObjectStore,
  { run, round }: { run: string; round: number },
  options: StoreOptions = {},
): Promise<SnapshotCatalog> {
  const manifest = await readManifest(store, run, round, options)
  if (manifest === null) {
    const message = `round ${round} of run "${run}" in ${store.uri} has no snapshot: it is closed when all its shards are committed (fld status ${run})`
    throw new FldError('run_missing', message, { details: { run, round } })
  }
  const digest = (await manifestSha256(store, manifest, options)).slice(0, 16)
  return { manifest, digest, ...shardsByIndex(store, manifest) }
}

function shardsByIndex(store: ObjectStore, manifest: Manifest): Pick<SnapshotCatalog, 'shards' | 'shard'> {
  const { shards: listed, parts } = manifest
  if (listed !== undefined) return { shards: listed.length, shard: async (index) => shardAt(listed, index) }
  const kept = createByteCache<PartShards>({ byteBudget: keptPartBytes, bytesOf: ({ bytes }) => bytes })
  const load = async (part: ManifestPart, options: StoreOptions) => ({
    bytes: part.bytes,
    shards: await readPart(store, part, options),
  })
  return {
    shards: parts.reduce((sum, part) => sum + part.shards, 0),
    async shard(index, options = {}) {
      const { part, first } = partOf(parts, index)
      const { shards } = await kept.get(part.key, () => load(part, options))
      return shardAt(shards, index - first)
    },
  }
}

interface PartShards {
  readonly bytes: number
  readonly shards: readonly SnapshotShard[]
}

function partOf(parts: readonly ManifestPart[], index: number): { part: ManifestPart; first: number } {
  let first = 0
  for (const part of parts) {
    if (index < first + part.shards) return { part, first }
    first += part.shards
  }
  throw new FldError('internal', `a snapshot of ${first} shards has none with index ${index}`)
}

function shardAt(shards: readonly SnapshotShard[], index: number): SnapshotShard {
  const shard = shards[index]
  if (shard !== undefined) return shard
  throw new FldError('internal', `${shards.length} shards have none with index ${index}`)
}
