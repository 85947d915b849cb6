import type { Manifest, RunControl } from '../../schemas/run.js'
import { readCommits } from '../dataset/committed-shards.js'
import { readImageSet } from '../dataset/image-set.js'
import { readManifest } from '../dataset/manifest.js'
import { addCommit, emptyTotals, type SnapshotTotals } from '../dataset/snapshot-totals.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import type { RoundPlace } from './committed-before.js'
import { type LeftOutLabels, leftOutLabels } from './left-out-labels.js'
import { openFailures } from './open-failures.js'
import { quarantineReasons } from './quarantine.js'
import { readControl } from './run-control.js'
import { readPlan } from './run-ledger.js'

/** Where a round of a run stands, from the ledger alone. */
export interface RunSummary {
  readonly run: string
  readonly round: number
  readonly pipeline: string
  readonly set: string
  readonly source: string
  readonly created_at: string
  /** The round that was decided again; null for a run that annotates. */
  readonly replay_of: { readonly run: string; readonly round: number } | null
  /** What was asked of an open run from outside counts before what it has got to. */
  readonly state: 'complete' | 'paused' | 'cancelled' | 'failed_shards' | 'open'
  /** Null while ingest has not finished the set. */
  readonly shards: number | null
  readonly committed: number
  /** Shards that failed and are not committed since. */
  readonly failed_shards: number
  /** The first hundred of them. */
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
  /** Labels that came with the source and could not be used: the images are there all the same. */
  readonly labels_left_out: LeftOutLabels
  /** Optional annotators that were absent, by number of shards. */
  readonly absent: Readonly<Record<string, number>>
  /** How many shards each version of a checkpoint annotated, by `name@version`. */
  readonly checkpoints: Readonly<Record<string, number>>
  readonly bytes: number
}

/** Failures that a summary names: their number may be that of all shards. */
const namedFailures = 100

/**
 * Adds up a round's commits, in memory that does not grow with them; of a closed round the newest manifest has done so.
 * Throws FldError `run_missing`.
 */
export async function summariseRun(
  store: ObjectStore,
  place: RoundPlace,
  options: StoreOptions = {},
): Promise<RunSummary> {
  const plan = await readPlan(store, place.run, options)
  const set = await readImageSet(store, plan.set, options)
  const manifest = await readManifest(store, place.run, place.round, options)
  const { committed, totals } = manifestTotals(manifest) ?? (await addCommits(store, place, options))
  const failures = await summariseFailures(store, place, options)
  return {
    ...place,
    pipeline: plan.pipeline.name,
    set: plan.set,
    source: plan.source,
    created_at: plan.created_at,
    replay_of: plan.replay_of === null ? null : { run: plan.replay_of.run, round: plan.replay_of.round },
    state: manifest ? 'complete' : stateOf(await readControl(store, place.run, options), failures),
    shards: set?.shards ?? null,
    committed,
    ...failures,
    ...totals,
    labels_left_out: await leftOutLabels(store, place, { ...options, rejects: totals.rejects }),
    quarantined: quarantined(totals.rejects),
  }
}

/** A round's shards and their totals. */
interface CountedRound {
  readonly committed: number
  readonly totals: SnapshotTotals
}

/** What a manifest says; null where there is none, or one from before it said which annotators were absent. */
function manifestTotals(manifest: Manifest | null): CountedRound | null {
  if (manifest?.absent === undefined) return null
  const { images, refused, rows, bytes, rejects, checkpoints, absent } = manifest
  const committed = manifest.parts.reduce((sum, { shards }) => sum + shards, 0)
  return { committed, totals: { images, refused, rows, bytes, rejects, checkpoints, absent } }
}

async function addCommits(
  store: ObjectStore,
  { run, round }: RoundPlace,
  options: StoreOptions,
): Promise<CountedRound> {
  const totals = emptyTotals()
  let committed = 0
  for await (const commit of readCommits(store, run, round, options)) {
    committed += 1
    addCommit(totals, commit)
  }
  return { committed, totals }
}

function stateOf(
  control: RunControl['state'],
  { failed_shards }: Pick<RunSummary, 'failed_shards'>,
): RunSummary['state'] {
  if (control !== 'running') return control
  return failed_shards > 0 ? 'failed_shards' : 'open'
}

async function summariseFailures(
  store: ObjectStore,
  place: RoundPlace,
  options: StoreOptions,
): Promise<Pick<RunSummary, 'failed_shards' | 'failed'>> {
  const failed: { shard: string; message: string }[] = []
  let failed_shards = 0
  for await (const { shard, message } of openFailures(store, place, options)) {
    failed_shards += 1
    if (failed_shards <= namedFailures) failed.push({ shard, message })
  }
  return { failed_shards, failed }
}

function quarantined(rejects: Readonly<Record<string, number>>): number {
  return quarantineReasons.reduce((sum, reason) => sum + (rejects[reason] ?? 0), 0)
}
