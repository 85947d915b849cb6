import { errorMessage, FldError } from '../../schemas/errors.js'
import type { ImageSet, Manifest, RunPlan, ShardCommit } from '../../schemas/run.js'
import { shardName, storeLayout } from '../../schemas/store-layout.js'
import { readCommits } from '../dataset/committed-shards.js'
import { readImageIndex, readImageSet, readRefusedImages } from '../dataset/image-set.js'
import { manifestShards, readManifest } from '../dataset/manifest.js'
import { readShardTable, verifySnapshot } from '../dataset/snapshot.js'
import { inOrder } from '../storage/in-order.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { openFailures } from './open-failures.js'
import { type ShardBalance, type Violation, verifyShard } from './verify-shard.js'

/** What a verification has come to. */
export interface Verified {
  readonly run: string
  readonly round: number
  readonly state: 'complete' | 'open'
  shards: number
  /** Images that are in the round: each in one of the two. */
  committed: number
  quarantined: number
  /** Files that ingest refused in these shards. */
  refused: number
  /** Shards without a commit whose failure is recorded. */
  failed: number
  violations: number
}

/** Shards that are read at a time: all rows of each are in memory. */
const shardsAtHand = 2

/**
 * Checks a round from the object store alone: every ingested image is in exactly one of committed and quarantined, no row is
 * there twice, and files, commits and manifest say the same. `onViolation` is told of each fault; memory does not grow with
 * the number of shards. Files of a closed round are read twice: as bytes, and as rows.
 */
export async function verifyRun(
  store: ObjectStore,
  { plan, round, onViolation }: { plan: RunPlan; round: number; onViolation: (violation: Violation) => void },
  options: StoreOptions = {},
): Promise<Verified> {
  const manifest = await readManifest(store, plan.run, round, options)
  const state = manifest === null ? 'open' : 'complete'
  const sums: Verified = {
    run: plan.run,
    round,
    state,
    shards: 0,
    committed: 0,
    quarantined: 0,
    refused: 0,
    failed: 0,
    violations: 0,
  }
  const tell = (violation: Violation) => {
    sums.violations += 1
    onViolation(violation)
  }
  const work = (commit: ShardCommit) => verifyCommit(store, plan, commit, options)
  const commits = inOrder(readCommits(store, plan.run, round, options), { concurrency: shardsAtHand, work })
  const expected = new ExpectedShards(await readImageSet(store, plan.set, options), manifest !== null)
  for await (const { commit, violations, balance } of commits) {
    sums.shards += 1
    sums.refused += commit.refused
    sums.committed += balance.committed
    sums.quarantined += balance.quarantined
    for (const violation of [...expected.pass(commit.shard), ...violations]) tell(violation)
  }
  for await (const _ of openFailures(store, { run: plan.run, round }, options)) sums.failed += 1
  if (manifest === null) return sums
  for (const violation of expected.end()) tell(violation)
  for await (const violation of manifestViolations(store, { manifest, sums }, options)) tell(violation)
  return sums
}

interface VerifiedCommit {
  readonly commit: ShardCommit
  readonly violations: readonly Violation[]
  readonly balance: ShardBalance
}

async function verifyCommit(
  store: ObjectStore,
  { set }: RunPlan,
  commit: ShardCommit,
  options: StoreOptions,
): Promise<VerifiedCommit> {
  const { shard } = commit
  try {
    const [images, refused, text, region_text, phrase_region, rejects] = await Promise.all([
      readImageIndex(store, set, shard, options),
      readRefusedImages(store, set, shard, options),
      readShardTable(store, commit, 'text', options),
      readShardTable(store, commit, 'region_text', options),
      readShardTable(store, commit, 'phrase_region', options),
      readShardTable(store, commit, 'rejects', options),
    ])
    return {
      commit,
      ...verifyShard({ commit, images, refused, annotations: { text, region_text, phrase_region, rejects } }),
    }
  } catch (error) {
    if (!(error instanceof FldError) || !['store_missing', 'store_corrupt'].includes(error.code)) throw error
    const violation = {
      what: 'what a commit names can be read',
      where: `shard ${shard}`,
      expected: 'whole',
      found: errorMessage(error),
    }
    return { commit, violations: [violation], balance: { committed: 0, quarantined: 0 } }
  }
}

/** The shards of a set, held in order against the commits there are. */
class ExpectedShards {
  readonly #shards: number
  readonly #closed: boolean
  #next = 0

  constructor(set: ImageSet | null, closed: boolean) {
    this.#shards = set?.shards ?? Number.POSITIVE_INFINITY
    this.#closed = closed
  }

  /** What the next commit shows: shards that were passed over, or that it is of no shard of the set. */
  *pass(shard: string): Generator<Violation, void, undefined> {
    yield* this.#missingUpTo(shard)
    if (this.#next < this.#shards && shardName(this.#next) === shard) this.#next += 1
    else yield { what: 'a commit is of a shard of the set', where: `shard ${shard}`, expected: 'one', found: 'none' }
  }

  *end(): Generator<Violation, void, undefined> {
    if (Number.isFinite(this.#shards)) yield* this.#missingUpTo(null)
  }

  *#missingUpTo(shard: string | null): Generator<Violation, void, undefined> {
    for (; this.#next < this.#shards; this.#next++) {
      const name = shardName(this.#next)
      if (shard !== null && name >= shard) return
      // An open round has shards that are not done.
      const where = `shard ${name}`
      if (this.#closed) yield { what: 'every shard of the set has a commit', where, expected: 'one', found: 'none' }
    }
  }
}

async function* manifestViolations(
  store: ObjectStore,
  { manifest, sums }: { manifest: Manifest; sums: Verified },
  options: StoreOptions,
): AsyncGenerator<Violation, void, undefined> {
  const { run, round, revision } = manifest
  const where = storeLayout.manifest(run, round, revision)
  for (const { key, fault } of await verifySnapshot(store, manifest, options)) {
    yield { what: 'a snapshot is what its manifest says', where: key, expected: 'the same', found: fault }
  }
  const images = sums.committed + sums.quarantined
  if (manifest.images !== images) {
    yield { what: 'the manifest counts every image', where, expected: String(images), found: String(manifest.images) }
  }
  const commits = readCommits(store, run, round, options)
  try {
    for await (const { shard, attempt } of manifestShards(store, manifest, options)) {
      const { value: commit } = await commits.next()
      // A retry that was stopped before it closed the round again leaves commits that are newer than the snapshot.
      if (commit?.shard === shard && (commit.attempt === attempt || commit.supersedes !== null)) continue
      yield {
        what: 'manifest and commits name the same',
        where: `shard ${shard}`,
        expected: attempt,
        found: commit?.attempt ?? 'none',
      }
    }
  } finally {
    await commits.return()
  }
}
