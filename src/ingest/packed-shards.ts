import { type ImageRecord, type ShardIntake, shardIntakeSchema } from '../../schemas/image.js'
import type { ImageSet } from '../../schemas/run.js'
import { shardName, storeLayout } from '../../schemas/store-layout.js'
import { readImageIndex } from '../dataset/image-set.js'
import { readJson } from '../dataset/json-record.js'
import { inOrder } from '../storage/in-order.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import type { DuplicateIndex } from './duplicate-index.js'

/** Shards whose records are fetched ahead of the reader: each is two round trips. */
const fetchedAhead = 32

/** What an earlier ingest left of a shard; null where the shard is not complete. */
type PackedRecords = { readonly intake: ShardIntake; readonly images: readonly ImageRecord[] } | null

/**
 * The complete shards that an earlier ingest of the set left, in order, up to the first that is not complete. Their
 * images are entered into `duplicates`, so that what follows is judged as if the ingest had never stopped.
 */
export async function* packedShards(
  store: ObjectStore,
  set: string,
  { duplicates, ...options }: StoreOptions & { duplicates?: DuplicateIndex },
): AsyncGenerator<ShardIntake, void, undefined> {
  const work = (shard: string) => packedRecords(store, { set, shard, withImages: duplicates !== undefined }, options)
  for await (const packed of inOrder(shardNames(), { concurrency: fetchedAhead, work })) {
    if (packed === null) return
    for (const image of packed.images) await duplicates?.add(image)
    yield packed.intake
  }
}

function* shardNames(): Generator<string, void, undefined> {
  for (let index = 0; ; index++) yield shardName(index)
}

async function packedRecords(
  store: ObjectStore,
  { set, shard, withImages }: { set: string; shard: string; withImages: boolean },
  options: StoreOptions,
): Promise<PackedRecords> {
  // The index is written last.
  if ((await store.head(storeLayout.imageIndex(set, shard), options)) === null) return null
  const images = withImages ? await readImageIndex(store, set, shard, options) : []
  return { intake: await readJson(store, storeLayout.shardIntake(set, shard), shardIntakeSchema, options), images }
}

/** The counts of a set, from those of its shards. */
export function countShard(set: ImageSet, intake: ShardIntake): ImageSet {
  const refused = { ...set.refused }
  for (const [reason, count] of Object.entries(intake.refused)) refused[reason] = (refused[reason] ?? 0) + count
  return {
    ...set,
    shards: set.shards + 1,
    images: set.images + intake.images,
    bytes: set.bytes + intake.bytes,
    near_duplicates: set.near_duplicates + intake.near_duplicates,
    ignored_files: set.ignored_files + intake.ignored_files,
    refused,
  }
}
