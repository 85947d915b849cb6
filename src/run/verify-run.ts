import type { ImageSet, RunPlan } from '../../schemas/run.js'
import { shardName, storeLayout } from '../../schemas/store-layout.js'
import { readImageIndex, readImageSet, readRefusedImages } from '../dataset/image-set.js'
import { readManifest } from '../dataset/manifest.js'
import { readShardImages } from '../dataset/shard-images.js'
import { readShardTable } from '../dataset/snapshot.js'
import { inOrder } from '../storage/in-order.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { type CommitRecord, commitRecords, damage, fileViolations } from './commit-records.js'
import { openFailures } from './open-failures.js'
import { manifestViolations } from './verify-manifest.js'
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
  /** Shards of the set that are neither committed nor failed; null while nobody knows how many shards it has. */
  pending: number | null
  violations: number
}

/** Shards that are read at a time: all rows of each are in memory. */
const shardsAtHand = 2

export interface RoundToVerify {
  readonly plan: RunPlan
  readonly round: number
  /** Whether the packed images are read too, and held against their sha256. */
  readonly packed?: boolean
  readonly onViolation: (violation: Violation) => void
}

/**
 * Checks a round from the object store alone: every ingested image is in exactly one of committed and quarantined, no row is
 * there twice, and files, commits and manifest say the same. `onViolation` is told of each fault; memory does not grow with
 * the number of shards. Files are read twice: as bytes, and as rows.
 */
export async function verifyRun(
  store: ObjectStore,
  { plan, round, packed = false, onViolation }: RoundToVerify,
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
    pending: null,
    violations: 0,
  }
  const tell = (violation: Violation) => {
    sums.violations += 1
    onViolation(violation)
  }
  const set = await readImageSet(store, plan.set, options)
  const expected = new ExpectedShards(set, manifest !== null)
  // The files that a manifest names are held against it.
  const files = manifest === null
  const work = (record: CommitRecord) => verifyCommit(store, plan, { ...record, files, packed }, options)
  const records = commitRecords(store, { run: plan.run, round }, options)
  for await (const verified of inOrder(records, { concurrency: shardsAtHand, work })) {
    sums.shards += 1
    sums.refused += verified.refused
    sums.committed += verified.balance.committed
    sums.quarantined += verified.balance.quarantined
    for (const violation of [...expected.pass(verified.shard), ...verified.violations]) tell(violation)
  }
  for await (const _ of openFailures(store, { run: plan.run, round }, options)) sums.failed += 1
  if (set !== null) sums.pending = Math.max(0, set.shards - sums.shards - sums.failed)
  if (manifest === null) return sums
  for (const violation of expected.end()) tell(violation)
  const counted = { images: sums.committed + sums.quarantined, refused: sums.refused }
  for (const violation of setViolations(plan, set, counted.images)) tell(violation)
  for await (const violation of manifestViolations(store, { manifest, sums: counted }, options)) tell(violation)
  return sums
}

interface VerifiedCommit {
  readonly shard: string
  readonly refused: number
  readonly violations: readonly Violation[]
  readonly balance: ShardBalance
}

async function verifyCommit(
  store: ObjectStore,
  { set }: RunPlan,
  { shard, commit, violation, files, packed }: CommitRecord & { readonly files: boolean; readonly packed: boolean },
  options: StoreOptions,
): Promise<VerifiedCommit> {
  const nothing = { shard, refused: 0, balance: { committed: 0, quarantined: 0 } }
  if (commit === null) return { ...nothing, violations: [violation] }
  try {
    const [images, refused, text, region_text, phrase_region, rejects] = await Promise.all([
      readImageIndex(store, set, shard, options),
      readRefusedImages(store, set, shard, options),
      readShardTable(store, commit, 'text', options),
      readShardTable(store, commit, 'region_text', options),
      readShardTable(store, commit, 'phrase_region', options),
      readShardTable(store, commit, 'rejects', options),
    ])
    const annotations = { text, region_text, phrase_region, rejects }
    const verified = verifyShard({ commit, images, refused, annotations })
    const damaged = files ? await fileViolations(store, commit, options) : []
    if (packed) damaged.push(...(await packedViolations(store, { set, shard }, options)))
    return { shard, refused: refused.length, ...verified, violations: [...damaged, ...verified.violations] }
  } catch (error) {
    return { ...nothing, violations: [damage(error, 'what a commit names can be read', `shard ${shard}`)] }
  }
}

/** Images of a shard whose bytes are not those that were packed. */
async function packedViolations(
  store: ObjectStore,
  { set, shard }: { set: string; shard: string },
  options: StoreOptions,
): Promise<Violation[]> {
  const opened = await readShardImages(store, set, shard, options)
  const violations: Violation[] = []
  for (const image of opened.images) {
    try {
      await opened.encoded(image)
    } catch (error) {
      violations.push(damage(error, 'a packed image has its sha256', `shard ${shard}, image ${image.image_id}`))
    }
  }
  return violations
}

/** What the record of the set says against a closed round: no round closes before its set is complete. */
function* setViolations(plan: RunPlan, set: ImageSet | null, images: number): Generator<Violation, void, undefined> {
  const where = storeLayout.imageSet(plan.set)
  // Without it nobody can tell whether shards at the end are missing.
  if (set === null) yield { what: 'the set of the run has its record', where, expected: 'one', found: 'none' }
  else if (set.images !== images) {
    const what = 'every image of the set is in the round'
    yield { what, where, expected: String(set.images), found: String(images) }
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
