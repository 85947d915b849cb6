import type { Manifest, ShardCommit, SnapshotShard } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { manifestShards } from '../dataset/manifest.js'
import { verifySnapshot } from '../dataset/snapshot.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { type CommitRecord, commitRecords, damage, fileViolations } from './commit-records.js'
import { EarlierAttempts } from './earlier-attempts.js'
import type { Violation } from './verify-shard.js'

/** What the commits of a round and the indexes of its shards come to. */
export interface RoundSums {
  readonly images: number
  readonly refused: number
}

/**
 * Holds a manifest against its files, against what its shards come to, and against the commits. Of commits that are newer
 * than the snapshot the files are looked at too.
 */
export async function* manifestViolations(
  store: ObjectStore,
  { manifest, sums }: { manifest: Manifest; sums: RoundSums },
  options: StoreOptions = {},
): AsyncGenerator<Violation, void, undefined> {
  const { run, round, revision } = manifest
  const where = storeLayout.manifest(run, round, revision)
  const faults = await verifySnapshot(store, manifest, options)
  for (const { key, fault } of faults) {
    yield { what: 'a snapshot is what its manifest says', where: key, expected: 'the same', found: fault }
  }
  for (const count of ['images', 'refused'] as const) {
    if (manifest[count] === sums[count]) continue
    const what = count === 'images' ? 'the manifest counts every image' : 'the manifest counts every refused file'
    yield { what, where, expected: String(sums[count]), found: String(manifest[count]) }
  }
  yield* namedOtherwise(store, manifest, options)
}

/** Walks manifest and commits side by side, both in the order of the shards' names. */
async function* namedOtherwise(
  store: ObjectStore,
  manifest: Manifest,
  options: StoreOptions,
): AsyncGenerator<Violation, void, undefined> {
  const commits = commitRecords(store, manifest, options)
  const earlier = new EarlierAttempts(store, manifest, options)
  try {
    let next = await commits.next()
    for await (const named of manifestShards(store, manifest, options)) {
      for (; !next.done && next.value.shard < named.shard; next = await commits.next()) yield unnamed(next.value)
      const record = !next.done && next.value.shard === named.shard ? next.value : null
      // One that is damaged has been told of.
      if (!record?.violation)
        yield* await otherAttempt(store, { named, commit: record?.commit ?? null, earlier }, options)
      if (record !== null) next = await commits.next()
    }
    for (; !next.done; next = await commits.next()) yield unnamed(next.value)
  } catch (error) {
    // `verifySnapshot` has told of the part; what it and those behind it named cannot be compared.
    damage(error, '', '')
  } finally {
    await commits.return()
  }
}

/** What is wrong with a commit that is not the one that the manifest names: nothing where it took its place. */
async function otherAttempt(
  store: ObjectStore,
  { named, commit, earlier }: { named: SnapshotShard; commit: ShardCommit | null; earlier: EarlierAttempts },
  options: StoreOptions,
): Promise<Violation[]> {
  if (commit === null) return [disagreement(named.shard, named.attempt, 'none')]
  if (commit.attempt === named.attempt) return []
  const isLater = await earlier.isBefore(named, commit)
  const violations = isLater ? [] : [disagreement(named.shard, named.attempt, commit.attempt)]
  return [...violations, ...(await fileViolations(store, commit, options))]
}

function unnamed({ shard, commit }: CommitRecord): Violation {
  return disagreement(shard, 'none', commit?.attempt ?? 'one that is damaged')
}

function disagreement(shard: string, expected: string, found: string): Violation {
  return { what: 'manifest and commits name the same', where: `shard ${shard}`, expected, found }
}
