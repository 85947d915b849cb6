import { errorMessage, FldError } from '../../schemas/errors.js'
import { type ShardCommit, shardCommitSchema } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { readJson } from '../dataset/json-record.js'
import { fileFault } from '../dataset/snapshot.js'
import { inOrder } from '../storage/in-order.js'
import type { ObjectInfo, ObjectStore, StoreOptions } from '../storage/object-store.js'
import type { RoundPlace } from './committed-before.js'
import type { Violation } from './verify-shard.js'

/** What lies where the commit of a shard does: it, or what is wrong with it. */
export type CommitRecord = { readonly shard: string } & (
  | { readonly commit: ShardCommit; readonly violation: null }
  | { readonly commit: null; readonly violation: Violation }
)

/** Records fetched ahead of the reader. */
const fetchedAhead = 16

/** The commits of a round, by shard name. One that is damaged is told of and hides no other, unlike in `readCommits`. */
export async function* commitRecords(
  store: ObjectStore,
  { run, round }: RoundPlace,
  options: StoreOptions = {},
): AsyncGenerator<CommitRecord, void, undefined> {
  const prefix = storeLayout.commits(run, round)
  const work = async ({ key }: ObjectInfo): Promise<CommitRecord> => {
    const shard = key.slice(prefix.length).replace(/\.json$/, '')
    try {
      const commit = await readJson(store, key, shardCommitSchema, options)
      if (commit.shard === shard) return { shard, commit, violation: null }
      const what = 'a commit is of the shard that it is named by'
      return { shard, commit: null, violation: { what, where: key, expected: shard, found: commit.shard } }
    } catch (error) {
      return { shard, commit: null, violation: damage(error, 'a commit can be read', key) }
    }
  }
  yield* inOrder(store.list(prefix, options), { concurrency: fetchedAhead, work })
}

/** The files of a commit that have not the bytes, rows or sha256 that it says. */
export async function fileViolations(
  store: ObjectStore,
  { files }: ShardCommit,
  options: StoreOptions = {},
): Promise<Violation[]> {
  const violations: Violation[] = []
  for (const file of files) {
    const found = await fileFault(store, file, options)
    if (found !== null)
      violations.push({ what: 'a file is what its commit says', where: file.key, expected: 'the same', found })
  }
  return violations
}

/** The violation that an object is gone or damaged; other errors, which are about the way to it, are thrown again. */
export function damage(error: unknown, what: string, where: string): Violation {
  if (!(error instanceof FldError) || !['store_missing', 'store_corrupt'].includes(error.code)) throw error
  return { what, where, expected: 'whole', found: errorMessage(error) }
}
