import { type ShardIntake, shardIntakeSchema } from '../../schemas/image.js'
import type { ImageSet } from '../../schemas/run.js'
import { shardName, storeLayout } from '../../schemas/store-layout.js'
import { readImageIndex } from '../dataset/image-set.js'
import { readJson } from '../dataset/json-record.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import type { DuplicateIndex } from './duplicate-index.js'

/**
 * The complete shards that an earlier ingest of the set left, in order, up to the first that is not complete. Their
 * images are entered into `duplicates`, so that what follows is judged as if the ingest had never stopped.
 */
export async function* packedShards(
  store: ObjectStore,
  set: string,
  { duplicates, ...options }: StoreOptions & { duplicates?: DuplicateIndex },
): AsyncGenerator<ShardIntake, void, undefined> {
  for (let index = 0; ; index++) {
    const shard = shardName(index)
    if ((await store.head(storeLayout.imageIndex(set, shard), options)) === null) return
    if (duplicates !== undefined) {
      for (const image of await readImageIndex(store, set, shard, options)) await duplicates.add(image)
    }
    yield await readJson(store, storeLayout.shardIntake(set, shard), shardIntakeSchema, options)
  }
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
