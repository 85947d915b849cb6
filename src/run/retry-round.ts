import type { Redis } from 'ioredis'
import { FldError } from '../../schemas/errors.js'
import type { ImageSet, Manifest, RunPlan } from '../../schemas/run.js'
import { closeRound, readManifest } from '../dataset/manifest.js'
import type { ShardAgain } from '../queue/job-queues.js'
import type { ObjectStore } from '../storage/object-store.js'
import { coordinate, type ShardEvent } from './coordinate.js'
import { followAnnotators } from './follow-annotators.js'
import type { ShardToRetry } from './retry-selection.js'
import { countShardEvent, type RunProgress } from './run-progress.js'

/** Shards of a round to do again. */
export interface RetryRoundOptions {
  readonly store: ObjectStore
  /** The store's location, as workers open it. */
  readonly out: string
  readonly plan: RunPlan
  readonly round: number
  /** Of this retry, in the ledger. */
  readonly id: string
  readonly shards: AsyncIterable<ShardToRetry>
  /** The set of the run; null while it is not packed whole. */
  readonly set: ImageSet | null
  readonly connection: Redis
  readonly window: number
  readonly signal: AbortSignal
  readonly halt?: AbortSignal
  readonly progress: RunProgress
  readonly onFailure: (shard: string, reason: string) => void
}

/**
 * Does shards of a round again and takes the outcome up: a new revision of the snapshot where the round was closed, its
 * first where all shards are committed now. Returns the newest manifest; null where the round stays open.
 */
export async function retryRound(options: RetryRoundOptions): Promise<Manifest | null> {
  const { store, plan, round, set, connection, progress, signal } = options
  const images = new Map<string, ShardAgain['images']>()
  const following = followAnnotators({ connection, run: plan.run, progress })
  async function* shards(): AsyncGenerator<string, void, undefined> {
    for await (const each of options.shards) {
      images.set(each.shard, each.images)
      yield each.shard
    }
    progress.ingest.done = true
  }
  const onEvent = (event: ShardEvent) => {
    countShardEvent(progress, event, 0)
    if (event.kind !== 'handed_out') images.delete(event.shard)
    if (event.kind === 'failed') options.onFailure(event.shard, event.reason)
  }
  try {
    await coordinate({ ...options, shards: shards(), retry: { id: options.id, images }, onEvent })
  } finally {
    await following.close()
  }
  return closeAgain(store, { plan, round, set }, signal)
}

async function closeAgain(
  store: ObjectStore,
  { plan, round, set }: { plan: RunPlan; round: number; set: ImageSet | null },
  signal: AbortSignal,
): Promise<Manifest | null> {
  const closed = await readManifest(store, plan.run, round, { signal })
  if (set === null) return closed
  const closing = { run: plan.run, round, set: plan.set, plan: plan.digest, shards: set.shards }
  try {
    return await closeRound(store, closing, { revise: true, signal })
  } catch (error) {
    // Other shards are still to be done.
    if (closed === null && error instanceof FldError && error.code === 'run_conflict') return null
    throw error
  }
}
