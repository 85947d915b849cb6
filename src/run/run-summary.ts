import { annotationTables } from '../../schemas/annotation.js'
import { checkpointLabel } from '../../schemas/annotator-use.js'
import type { ShardCommit } from '../../schemas/run.js'
import { readCommits } from '../dataset/committed-shards.js'
import { readImageSet } from '../dataset/image-set.js'
import { readManifest } from '../dataset/manifest.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { quarantineReasons } from './quarantine.js'
import { readFailures, readPlan } from './run-ledger.js'

/** Where a round of a run stands, from the ledger alone. */
export interface RunSummary {
  readonly run: string
  readonly round: number
  readonly pipeline: string
  readonly set: string
  readonly source: string
  readonly created_at: string
  readonly state: 'complete' | 'failed_shards' | 'open'
  /** Null while ingest has not finished the set. */
  readonly shards: number | null
  readonly committed: number
  readonly failed: readonly { readonly shard: string; readonly message: string }[]
  /** Images of committed shards. */
  readonly images: number
  /** Files that ingest refused, exact duplicates included. */
  readonly refused: number
  /** Images taken out for a fault: refused ones that are no duplicates, and those that a required annotator could not do. */
  readonly quarantined: number
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>
  readonly rejects: Readonly<Record<string, number>>
  /** Optional annotators that were absent, by number of shards. */
  readonly absent: Readonly<Record<string, number>>
  /** How many shards each version of a checkpoint annotated, by `name@version`. */
  readonly checkpoints: Readonly<Record<string, number>>
  readonly bytes: number
}

/** Adds up a round's commits. Throws FldError `run_missing`. */
export async function summariseRun(
  store: ObjectStore,
  place: { run: string; round: number },
  options: StoreOptions = {},
): Promise<RunSummary> {
  const plan = await readPlan(store, place.run, options)
  const set = await readImageSet(store, plan.set, options)
  const manifest = await readManifest(store, place.run, place.round, options)
  const sums = emptySums()
  const committed = new Set<string>()
  for await (const commit of readCommits(store, place.run, place.round, options)) {
    committed.add(commit.shard)
    addCommit(sums, commit)
  }
  const failures = await readFailures(store, { ...place, committed }, options)
  return {
    ...place,
    pipeline: plan.pipeline.name,
    set: plan.set,
    source: plan.source,
    created_at: plan.created_at,
    state: manifest ? 'complete' : failures.length > 0 ? 'failed_shards' : 'open',
    shards: set?.shards ?? null,
    committed: committed.size,
    failed: failures.map(({ shard, message }) => ({ shard, message })),
    ...sums,
    quarantined: quarantined(sums.rejects),
  }
}

interface Sums {
  images: number
  refused: number
  bytes: number
  rows: Record<string, number>
  rejects: Record<string, number>
  absent: Record<string, number>
  checkpoints: Record<string, number>
}

function emptySums(): Sums {
  const rows = Object.fromEntries(annotationTables.map((table) => [table, 0]))
  return { images: 0, refused: 0, bytes: 0, rows, rejects: {}, absent: {}, checkpoints: {} }
}

function addCommit(sums: Sums, commit: ShardCommit): void {
  sums.images += commit.images
  sums.refused += commit.refused
  for (const { table, rows, bytes } of commit.files) {
    sums.rows[table] = (sums.rows[table] ?? 0) + rows
    sums.bytes += bytes
  }
  for (const [reason, count] of Object.entries(commit.rejects)) {
    sums.rejects[reason] = (sums.rejects[reason] ?? 0) + count
  }
  for (const annotator of Object.keys(commit.absent)) sums.absent[annotator] = (sums.absent[annotator] ?? 0) + 1
  for (const [name, version] of Object.entries(commit.checkpoints)) {
    const label = checkpointLabel(name, version)
    sums.checkpoints[label] = (sums.checkpoints[label] ?? 0) + 1
  }
}

function quarantined(rejects: Readonly<Record<string, number>>): number {
  return quarantineReasons.reduce((sum, reason) => sum + (rejects[reason] ?? 0), 0)
}
