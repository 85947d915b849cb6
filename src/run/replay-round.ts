import { errorMessage, FldError } from '../../schemas/errors.js'
import type { ImageSet, Manifest, RunPlan } from '../../schemas/run.js'
import { listCommitted } from '../dataset/committed-shards.js'
import { closeRound } from '../dataset/manifest.js'
import { throwIfAborted } from '../storage/abort.js'
import type { ObjectStore } from '../storage/object-store.js'
import { CommittedBefore } from './committed-before.js'
import type { ShardEvent } from './coordinate.js'
import type { ReplayHelper } from './replay-helper.js'
import { recordReplayFailure, replayShard } from './replay-shard.js'
import { countShardEvent, type RunProgress } from './run-progress.js'
import type { ReadyShard } from './run-round.js'

/** A round to decide again in this process. */
export interface ReplayRoundOptions {
  readonly store: ObjectStore
  /** Of the replay. */
  readonly plan: RunPlan
  readonly round: number
  readonly set: ImageSet
  readonly shards: AsyncGenerator<ReadyShard, ImageSet, undefined>
  /** Starts the threads that decide beside this one, for so many shards. */
  readonly startHelpers: (shards: number) => readonly ReplayHelper[]
  readonly signal: AbortSignal
  readonly progress: RunProgress
  /** Told of shards that failed. */
  readonly onFailure: (shard: string, reason: string) => void
}

/** Shards at a time of each thread: while one is decided another is read or written. */
const shardsAtHand = 2

/**
 * Decides a round again in this process, without a queue: deciding takes less time than a queue takes to start. The
 * conditional commit is the only arbiter, so that several of these may run at once, and one that was stopped goes on where
 * it was. Returns the manifest; null when shards failed, and the round stays open for the next try. Throws FldError
 * `aborted` when the signal fires first.
 */
export async function replayRound(options: ReplayRoundOptions): Promise<Manifest | null> {
  const { store, plan, round, set, signal, progress } = options
  Object.assign(progress.ingest, { seen: set.images, accepted: set.images, done: true })
  const feed = markCommitted(options)
  const helpers = options.startHelpers(set.shards - (await countCommitted(options)))
  try {
    // None is left behind at work when another gives up; whoever does ends the feed for all.
    const ended = await Promise.allSettled(handsOf(helpers, options).map((decide) => work(decide, feed, options)))
    for (const hand of ended) if (hand.status === 'rejected') throw hand.reason
  } finally {
    await Promise.all(helpers.map((helper) => helper.stop()))
  }
  if (progress.shards.failed > 0) return null
  const closing = { run: plan.run, round, set: plan.set, plan: plan.digest, shards: set.shards }
  return closeRound(store, closing, { signal })
}

/** How many threads are worth starting is decided by what is left to do. */
async function countCommitted({ store, plan, round, signal }: ReplayRoundOptions): Promise<number> {
  let committed = 0
  for await (const _ of listCommitted(store, plan.run, round, { signal })) committed += 1
  return committed
}

/** A shard of the feed, and whether an earlier session has committed it. */
type MarkedShard = ReadyShard & { readonly earlier: boolean }

async function* markCommitted(options: ReplayRoundOptions): AsyncGenerator<MarkedShard, void, undefined> {
  const { store, plan, round, shards, signal } = options
  const committed = new CommittedBefore(store, { run: plan.run, round }, { signal })
  try {
    for await (const ready of shards) yield { ...ready, earlier: await committed.has(ready.shard) }
  } finally {
    await committed.close()
  }
}

/** Decides and commits a shard, once it can and until it has ended. */
interface Decider {
  ready(): Promise<boolean>
  ended(): boolean
  replay(shard: string): Promise<unknown>
}

function handsOf(helpers: readonly ReplayHelper[], { store, plan, round, signal }: ReplayRoundOptions): Decider[] {
  const own: Decider = {
    ready: async () => true,
    ended: () => false,
    replay: (shard) => replayShard({ store, plan, round, shard, signal }),
  }
  const others = helpers.map(
    (helper): Decider => ({
      ready: () => helper.ready(),
      ended: () => helper.ended,
      // A shard that was taken for a helper and never reached it is decided here.
      replay: (shard) => (helper.ended ? own : helper).replay(shard),
    }),
  )
  return [own, ...others].flatMap((decider) => Array.from({ length: shardsAtHand }, () => decider))
}

/**
 * Takes shards from the feed that all share, until it ends. A hand whose thread has ended leaves the rest to the others; the
 * shard that it ended over has failed, and is not decided in this thread: it might end that as well.
 */
async function work(
  decider: Decider,
  feed: AsyncGenerator<MarkedShard, void, undefined>,
  options: ReplayRoundOptions,
): Promise<void> {
  if (!(await decider.ready())) return
  try {
    while (!decider.ended()) {
      const next = await feed.next()
      if (next.done) return
      await decideNext(decider, next.value, options)
    }
  } catch (error) {
    await feed.return()
    throw error
  }
}

async function decideNext(
  decider: Decider,
  { shard, images, earlier }: MarkedShard,
  options: ReplayRoundOptions,
): Promise<void> {
  const { progress, signal, onFailure } = options
  throwIfAborted(signal, 'replaying')
  const note = (event: ShardEvent) => countShardEvent(progress, event, images)
  if (earlier) return note({ kind: 'committed', shard, earlier: true })
  note({ kind: 'handed_out', shard })
  const reason = await failureOf(decider, shard, options)
  if (reason === null) return note({ kind: 'committed', shard, earlier: false })
  note({ kind: 'failed', shard, reason })
  onFailure(shard, reason)
}

/** Why a shard could not be decided, or null where it was. The ledger keeps the reason. */
async function failureOf(
  decider: Decider,
  shard: string,
  { store, plan, round }: ReplayRoundOptions,
): Promise<string | null> {
  try {
    await decider.replay(shard)
    return null
  } catch (error) {
    if (error instanceof FldError && error.code === 'aborted') throw error
    await recordReplayFailure(store, { plan, round, shard, error })
    return errorMessage(error)
  }
}
