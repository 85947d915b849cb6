import type { Redis } from 'ioredis'
import type { ImageSet, Manifest, RunPlan } from '../../schemas/run.js'
import { closeRound } from '../dataset/manifest.js'
import type { PackedShard } from '../ingest/ingest.js'
import type { ObjectStore } from '../storage/object-store.js'
import { coordinate, type ShardEvent } from './coordinate.js'
import { followAnnotators } from './follow-annotators.js'
import { countShardEvent, type RunProgress } from './run-progress.js'

/** A shard that can be worked on. */
export type ReadyShard = Pick<PackedShard, 'shard' | 'images'>

/** A round to run to its end. */
export interface RunRoundOptions {
  readonly store: ObjectStore
  /** The store's location, as workers open it. */
  readonly out: string
  readonly plan: RunPlan
  readonly round: number
  /** Packs what is not packed yet; gives shards as they become ready. */
  readonly ingest: AsyncGenerator<ReadyShard, ImageSet, undefined>
  readonly connection: Redis
  /** Shards in flight at most. */
  readonly window: number
  /** Ends the feeding; what is in flight is waited for, and the round stays open. */
  readonly halt?: AbortSignal
  readonly signal: AbortSignal
  readonly progress: RunProgress
  /** Told when all images are packed. */
  readonly onPacked: (set: ImageSet) => void
  /** Told of shards that failed. */
  readonly onFailure: (shard: string, reason: string) => void
}

/**
 * Runs a round over a set, from ingest to the manifest. Returns the manifest; null when shards failed, and the round
 * stays open for the next try. Throws FldError `aborted` when the signal fires first, and ingest's own errors.
 */
export async function runRound(options: RunRoundOptions): Promise<Manifest | null> {
  const { store, plan, round, connection, progress, signal } = options
  const images = new Map<string, number>()
  const following = followAnnotators({ connection, run: plan.run, progress })
  let set: ImageSet | null = null
  async function* shards(): AsyncGenerator<string, void, undefined> {
    set = yield* packedShardNames(options.ingest, images, progress)
    progress.ingest.done = true
    options.onPacked(set)
  }
  try {
    const onEvent = (event: ShardEvent) => noteShard(event, images, options)
    const failed = await coordinate({ ...options, shards: shards(), onEvent })
    if (failed > 0 || set === null) return null
    const { shards: expected } = set as ImageSet
    const closing = { run: plan.run, round, set: plan.set, plan: plan.digest, shards: expected }
    return await closeRound(store, closing, { signal })
  } finally {
    await following.close()
  }
}

/** The names of shards as they become ready; keeps each one's number of images until the shard has ended. */
async function* packedShardNames(
  ingest: AsyncGenerator<ReadyShard, ImageSet, undefined>,
  images: Map<string, number>,
  progress: RunProgress,
): AsyncGenerator<string, ImageSet, undefined> {
  let packed = 0
  for (;;) {
    const next = await ingest.next()
    if (next.done) return next.value
    images.set(next.value.shard, next.value.images)
    packed += next.value.images
    // Shards of an earlier session come without progress of their own.
    progress.ingest.accepted = Math.max(progress.ingest.accepted, packed)
    yield next.value.shard
  }
}

function noteShard(event: ShardEvent, images: Map<string, number>, options: RunRoundOptions): void {
  countShardEvent(options.progress, event, images.get(event.shard) ?? 0)
  if (event.kind !== 'handed_out') images.delete(event.shard)
  if (event.kind === 'failed') options.onFailure(event.shard, event.reason)
}
