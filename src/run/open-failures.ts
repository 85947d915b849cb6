import { type ShardFailure, shardFailureSchema } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { readJson } from '../dataset/json-record.js'
import { inOrder } from '../storage/in-order.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { CommittedBefore, type RoundPlace } from './committed-before.js'

/** Records fetched ahead of the reader. */
const fetchedAhead = 16

/** The failures of a round whose shards are not committed since, by shard: those that are superseded are not even read. */
export async function* openFailures(
  store: ObjectStore,
  place: RoundPlace,
  options: StoreOptions = {},
): AsyncGenerator<ShardFailure, void, undefined> {
  const read = (key: string) => readJson(store, key, shardFailureSchema, options)
  yield* inOrder(openKeys(store, place, options), { concurrency: fetchedAhead, work: read })
}

async function* openKeys(
  store: ObjectStore,
  place: RoundPlace,
  options: StoreOptions,
): AsyncGenerator<string, void, undefined> {
  const prefix = storeLayout.failures(place.run, place.round)
  const committed = new CommittedBefore(store, place, options)
  try {
    for await (const { key } of store.list(prefix, options)) {
      const shard = key.slice(prefix.length).replace(/\.json$/, '')
      if (!(await committed.has(shard))) yield key
    }
  } finally {
    await committed.close()
  }
}
