import { type ShardCommit, shardCommitSchema } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { inOrder } from '../storage/in-order.js'
import type { ObjectInfo, ObjectStore, StoreOptions } from '../storage/object-store.js'
import { readJson } from './json-record.js'

/** Commit records fetched ahead of the reader: a listing names thousands, and each is a round trip. */
const fetchedAhead = 32

/** The commits of a round, by shard name. Throws FldError `store_corrupt` for a record that is none. */
export async function* readCommits(
  store: ObjectStore,
  run: string,
  round: number,
  options: StoreOptions = {},
): AsyncGenerator<ShardCommit, void, undefined> {
  const read = ({ key }: ObjectInfo) => readJson(store, key, shardCommitSchema, options)
  yield* inOrder(store.list(storeLayout.commits(run, round), options), { concurrency: fetchedAhead, work: read })
}

/** The names of the shards that a round has committed, in order: from the listing alone, no record is read. */
export async function* listCommitted(
  store: ObjectStore,
  run: string,
  round: number,
  options: StoreOptions = {},
): AsyncGenerator<string, void, undefined> {
  const prefix = storeLayout.commits(run, round)
  for await (const { key } of store.list(prefix, options)) yield key.slice(prefix.length).replace(/\.json$/, '')
}
