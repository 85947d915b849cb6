import { type ShardCommit, shardCommitSchema } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { readJson } from './json-record.js'

/** Commit records fetched ahead of the reader: a listing names thousands, and each is a round trip. */
const fetchedAhead = 16

/** The commits of a round, by shard name. Throws FldError `store_corrupt` for a record that is none. */
export async function* readCommits(
  store: ObjectStore,
  run: string,
  round: number,
  options: StoreOptions = {},
): AsyncGenerator<ShardCommit, void, undefined> {
  const pending: Promise<ShardCommit>[] = []
  for await (const { key } of store.list(storeLayout.commits(run, round), options)) {
    const commit = readJson(store, key, shardCommitSchema, options)
    // Its failure is thrown where it is awaited; until then it must not count as unhandled.
    commit.catch(() => undefined)
    pending.push(commit)
    if (pending.length < fetchedAhead) continue
    const next = pending.shift()
    if (next) yield await next
  }
  for (const next of pending) yield await next
}

/** The names of the shards that a round has committed: from the listing alone, no record is read. */
export async function committedShards(
  store: ObjectStore,
  run: string,
  round: number,
  options: StoreOptions = {},
): Promise<Set<string>> {
  const prefix = storeLayout.commits(run, round)
  const shards = new Set<string>()
  for await (const { key } of store.list(prefix, options)) shards.add(key.slice(prefix.length).replace(/\.json$/, ''))
  return shards
}
