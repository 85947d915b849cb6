import type { Redis } from 'ioredis'
import { FldError } from '../../schemas/errors.js'
import type { ImageSet, PlannedAnnotator, RunPlan } from '../../schemas/run.js'
import { type EmbeddedRedis, startEmbeddedRedis } from '../queue/embedded-redis.js'
import type { QueueName } from '../queue/job-queues.js'
import { probeRedis, redisConnection, redisLabel } from '../queue/redis-connection.js'
import { type LocalWorkers, startLocalWorkers } from '../run/local-workers.js'
import { cancelledError, nextControl } from '../run/run-control.js'
import { newProgress, type RunProgress } from '../run/run-progress.js'
import { type ReadyShard, runRound } from '../run/run-round.js'
import { watchUnserved } from '../run/unserved-queues.js'
import type { ObjectStore } from '../storage/object-store.js'
import type { Environment } from './environment.js'
import { listenForInterrupt } from './interrupt.js'
import { type LiveView, openLiveView } from './live-view.js'
import { endInterrupted, endSession, say } from './session-end.js'
import { type QueueFlags, workerArguments } from './worker-flags.js'

/** A round, and what surrounds it on this machine. */
export interface QueuedRound {
  readonly store: ObjectStore
  readonly plan: RunPlan
  readonly round: number
  readonly out: string
  readonly environment: Environment
  readonly flags: QueueFlags
  /** Who is asked: their progress is shown. None where all have spoken. */
  readonly annotators: readonly PlannedAnnotator[]
  /** What workers of this machine serve. */
  readonly queues: readonly QueueName[]
  /** Feeds the queue and waits for what becomes of it. */
  readonly drive: (parts: RoundParts) => Promise<unknown>
}

/** What a round is driven with. */
export interface RoundParts {
  readonly connection: Redis
  readonly window: number
  readonly progress: RunProgress
  readonly signal: AbortSignal
  /** Fires when the run is paused: no more shards are handed out. */
  readonly halt: AbortSignal
  /** A line above the live view. */
  readonly log: (line: string) => void
}

/** Drives a round over shards that become ready one after the other. */
export function overShards(
  { store, out, plan, round }: Pick<QueuedRound, 'store' | 'out' | 'plan' | 'round'>,
  of: {
    /** Shards as they become ready, and in the end their set. */
    readonly shards: (signal: AbortSignal, progress: RunProgress) => AsyncGenerator<ReadyShard, ImageSet, undefined>
    /** What is to be said of the set when all of it is there. */
    readonly describe: (set: ImageSet) => string
  },
): QueuedRound['drive'] {
  return ({ log, ...parts }) =>
    runRound({
      ...{ store, out, plan, round, ...parts },
      ingest: of.shards(parts.signal, parts.progress),
      onPacked: (set) => log(of.describe(set)),
      onFailure: (shard, reason) => log(`shard ${shard} failed: ${reason}`),
    })
}

/** Throws FldError `config_invalid` where nobody could serve the queue. */
export function checkWorkers({ workers }: Pick<QueueFlags, 'workers'>, { redisUrl }: Environment): void {
  if (workers > 0 || redisUrl !== null) return
  throw new FldError('config_invalid', '--workers 0 needs REDIS_URL: no other worker can reach a Redis of our own')
}

/**
 * Runs a round with Redis, workers and the live view around it, takes them down again in the right order, and says how it
 * went. Returns the exit code.
 */
export async function attendRound(queued: QueuedRound): Promise<number> {
  const started = Date.now()
  const now = new AbortController()
  const interrupt = listenForInterrupt(
    () => undefined,
    () => now.abort(),
  )
  const redis = await openRedis(queued.environment, queued.flags.workers)
  const { store, out, plan, round, flags } = queued
  const control = watchControl(store, plan.run)
  try {
    await runToEnd(queued, { redis, soon: interrupt.soon, now: now.signal, control })
    if (control.paused.aborted) say(`run ${plan.run} is paused: fld resume ${plan.run} --out ${out} goes on with it`)
    return await endSession({ store, out, run: plan.run, round, json: flags.json ?? false, started })
  } catch (error) {
    if (redis.ended.aborted) throw redis.ended.reason
    if (control.cancelled.aborted) throw control.cancelled.reason
    if (!interrupt.soon.aborted) throw error
    // `current` may be another version of the checkpoint by then.
    return endInterrupted(round === 0 ? undefined : `fld resume ${plan.run} --out ${out}`)
  } finally {
    await control.close()
    interrupt.release()
    await redis.stop()
  }
}

/** What somebody asks of the run from outside while it is attended. */
interface WatchedControl {
  readonly paused: AbortSignal
  /** Its reason is FldError `run_cancelled`. */
  readonly cancelled: AbortSignal
  close(): Promise<void>
}

function watchControl(store: ObjectStore, run: string): WatchedControl {
  const [paused, cancelled, over] = [new AbortController(), new AbortController(), new AbortController()]
  const watching = nextControl(store, run, { signal: over.signal }).then((state) => {
    if (state === 'paused') paused.abort()
    if (state === 'cancelled') cancelled.abort(cancelledError(run))
  })
  const close = async () => {
    over.abort()
    await watching
  }
  return { paused: paused.signal, cancelled: cancelled.signal, close }
}

async function openRedis({ redisUrl }: Environment, workers: number): Promise<EmbeddedRedis> {
  if (redisUrl === null) return startEmbeddedRedis()
  const probe = await probeRedis(redisUrl)
  probe.disconnect()
  say(`queue: Redis at ${redisLabel(redisUrl)}${workers === 0 ? '; no worker here: start fld worker elsewhere' : ''}`)
  // A server of others that goes away is waited for.
  return { url: redisUrl, ended: new AbortController().signal, stop: async () => undefined }
}

interface Attended {
  readonly redis: EmbeddedRedis
  /** The first Ctrl-C. */
  readonly soon: AbortSignal
  /** The second. */
  readonly now: AbortSignal
  readonly control: WatchedControl
}

async function runToEnd(queued: QueuedRound, { redis, soon, now, control }: Attended): Promise<void> {
  const { flags } = queued
  const progress = newProgress(queued.annotators.map(({ name }) => name))
  const view = openLiveView(progress)
  const workers = localWorkers(queued, redis.url, view)
  const connection = redisConnection(redis.url)
  connection.on('error', () => undefined)
  const signal = AbortSignal.any([soon, redis.ended, control.cancelled])
  const hint = () => view.log('stopping: running batches end first; Ctrl-C again stops at once')
  soon.addEventListener('abort', hint, { once: true })
  control.paused.addEventListener('abort', () => view.log('paused: the shards in flight end first'), { once: true })
  const over = new AbortController()
  const onUnserved = (queue: string, waiting: number) =>
    view.log(`${waiting} jobs wait in ${queue} and no worker serves it: start fld worker --queues ${queue}`)
  // Workers of our own serve every queue, and are replaced when they end.
  const watched = { connection, annotators: queued.annotators, signal: over.signal, onUnserved }
  const watching = flags.workers === 0 ? watchUnserved(watched) : Promise.resolve()
  try {
    const { window } = flags
    await queued.drive({ connection, window, progress, signal, halt: control.paused, log: view.log })
  } finally {
    over.abort()
    await watching.catch(() => undefined)
    view.close()
    await endWorkers(workers, AbortSignal.any([now, redis.ended]))
    connection.disconnect()
  }
}

function localWorkers({ flags, queues }: QueuedRound, redisUrl: string, view: LiveView): LocalWorkers {
  return startLocalWorkers({
    count: flags.workers,
    module: process.argv[1] ?? '',
    args: ['worker', '--queues', queues.join(','), ...workerArguments(flags, flags.workers)],
    // glibc would keep what a model gave back for itself.
    env: { MALLOC_TRIM_THRESHOLD_: '1048576', ...process.env, REDIS_URL: redisUrl },
    log: view.log,
  })
}

/** Lets the workers end their batches, unless a second Ctrl-C is quicker or there is no Redis to hand their jobs back to. */
async function endWorkers(workers: LocalWorkers, now: AbortSignal): Promise<void> {
  const impatient = new Promise<void>((resolve) => {
    if (now.aborted) resolve()
    now.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([workers.drain(), impatient])
  await workers.stop()
}
