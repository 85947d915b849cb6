import { createHash } from 'node:crypto'
import { FldError } from '../../schemas/errors.js'
import {
  type Manifest,
  type ManifestPart,
  manifestSchema,
  type ShardCommit,
  type SnapshotShard,
} from '../../schemas/run.js'
import { shardName, storeLayout } from '../../schemas/store-layout.js'
import { inOrder } from '../storage/in-order.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { listCommitted, readCommits } from './committed-shards.js'
import { putJsonIfAbsent, readJsonIfPresent } from './json-record.js'
import { encodeParts, partsAtHand, readPart, writeParts } from './manifest-parts.js'
import { addCommit, emptyTotals } from './snapshot-totals.js'

/** A round that may be closed: all shards of the set must have a commit. */
export interface RoundToClose {
  readonly run: string
  readonly round: number
  readonly set: string
  /** Digest of the run's plan. */
  readonly plan: string
  /** Shards of the set. */
  readonly shards: number
}

/**
 * Closes a round: adds up its commits - never a listing of tables - and writes the manifest unless there is one; the
 * newest that stands is returned. With `revise`, a round whose commits are others than the newest manifest's gets the
 * next revision. Memory does not grow with the number of shards. Throws FldError `run_conflict` when shards of the set
 * have no commit, or a commit is of no shard of the set.
 */
export async function closeRound(
  store: ObjectStore,
  closing: RoundToClose,
  { revise = false, ...options }: StoreOptions & { revise?: boolean } = {},
): Promise<Manifest> {
  const { run, round } = closing
  let newest = await readManifest(store, run, round, options)
  if (newest && !revise) return newest
  await checkComplete(store, closing, options)
  for (;;) {
    const manifest = await manifestOf(store, closing, newest === null ? 0 : newest.revision + 1, options)
    if (newest && (await sameShards(newest, manifest))) return newest
    const key = storeLayout.manifest(run, round, manifest.revision)
    if (await putJsonIfAbsent(store, key, manifest, options)) return manifest
    // Somebody was quicker: with the same commits, or with those of another moment.
    newest = await readManifest(store, run, round, options)
    if (newest && !revise) return newest
  }
}

/** The newest manifest of a round, or the `revision` that is asked for; null where it is not there. */
export async function readManifest(
  store: ObjectStore,
  run: string,
  round: number,
  { revision, ...options }: StoreOptions & { revision?: number } = {},
): Promise<Manifest | null> {
  const asked = revision ?? (await newestRevision(store, { run, round }, options))
  return readJsonIfPresent(store, storeLayout.manifest(run, round, asked), manifestSchema, options)
}

/** The sha256 of a manifest as it lies in the store, which settles all that the snapshot holds: a revision is written once. */
export async function manifestSha256(
  store: ObjectStore,
  { run, round, revision }: Pick<Manifest, 'run' | 'round' | 'revision'>,
  options: StoreOptions = {},
): Promise<string> {
  const bytes = await store.get(storeLayout.manifest(run, round, revision), options)
  return createHash('sha256').update(bytes).digest('hex')
}

/**
 * The shards of a snapshot in the order of their names, part by part. Throws FldError `store_missing` for a part that is
 * gone, `store_corrupt` for one that is not what the manifest says.
 */
export async function* manifestShards(
  store: ObjectStore,
  manifest: Manifest,
  options: StoreOptions = {},
): AsyncGenerator<SnapshotShard, void, undefined> {
  if (manifest.shards !== undefined) return yield* manifest.shards
  const read = (part: ManifestPart) => readPart(store, part, options)
  for await (const shards of inOrder(manifest.parts, { concurrency: partsAtHand, work: read })) yield* shards
}

/** The number of the newest revision; 0 where there is none beside the first snapshot, or not even that. */
async function newestRevision(
  store: ObjectStore,
  { run, round }: { run: string; round: number },
  options: StoreOptions,
): Promise<number> {
  const prefix = storeLayout.manifestRevisions(run, round)
  let newest = 0
  for await (const { key } of store.list(prefix, options)) {
    const [, digits] = /^(\d+)\.json$/.exec(key.slice(prefix.length)) ?? []
    // Digits sort before the letters of the parts' folder.
    if (digits === undefined) return newest
    newest = Math.max(newest, Number(digits))
  }
  return newest
}

/** Shards by their names, a few: a message, and memory, hold no more. */
class NamedFew {
  count = 0
  readonly #first: string[] = []

  add(name: string): void {
    this.count += 1
    if (this.count <= 5) this.#first.push(name)
  }

  toString(): string {
    return `${this.#first.join(', ')}${this.count > 5 ? ', ...' : ''}`
  }
}

/** Holds the listing of commits against the names of the set, both in order. */
async function checkComplete(store: ObjectStore, closing: RoundToClose, options: StoreOptions): Promise<void> {
  const { run, round, shards } = closing
  const [missing, strange] = [new NamedFew(), new NamedFew()]
  let next = 0
  for await (const shard of listCommitted(store, run, round, options)) {
    while (next < shards && shardName(next) < shard) missing.add(shardName(next++))
    if (next < shards && shardName(next) === shard) next++
    else strange.add(shard)
  }
  while (next < shards) missing.add(shardName(next++))
  if (missing.count === 0 && strange.count === 0) return
  const faults = [
    missing.count > 0 ? `${missing.count} of ${shards} shards have no commit (${missing})` : '',
    strange.count > 0 ? `${strange.count} commits are of no shard of the set (${strange})` : '',
  ]
  const message = `run ${run}, round ${round} cannot be closed: ${faults.filter(Boolean).join('; ')}`
  throw new FldError('run_conflict', message, { details: { missing: missing.count, strange: strange.count } })
}

/** Reads the commits, adds them up, and writes the parts on the way. */
async function manifestOf(
  store: ObjectStore,
  { run, round, plan, set }: RoundToClose,
  revision: number,
  options: StoreOptions,
): Promise<Manifest> {
  const totals = emptyTotals()
  async function* counted(commits: AsyncIterable<ShardCommit>): AsyncGenerator<ShardCommit, void, undefined> {
    for await (const commit of commits) {
      addCommit(totals, commit)
      yield commit
    }
  }
  const commits = counted(readCommits(store, run, round, options))
  const parts = await writeParts(store, encodeParts({ run, round }, commits), options)
  return { run, round, revision, plan, set, ...totals, parts, closed_at: new Date().toISOString() }
}

/** Whether two snapshots of a round hold the same attempts. */
async function sameShards(one: Manifest, other: Manifest): Promise<boolean> {
  const [a, b] = [await partDigests(one), await partDigests(other)]
  return a.length === b.length && a.every((digest, index) => digest === b[index])
}

async function partDigests(manifest: Manifest): Promise<string[]> {
  const parts: ManifestPart[] = [...manifest.parts]
  for await (const { part } of encodeParts(manifest, manifest.shards ?? [])) parts.push(part)
  return parts.map(({ sha256 }) => sha256)
}
