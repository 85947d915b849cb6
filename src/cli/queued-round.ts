import { FldError } from '../../schemas/errors.js'
import type { ImageSet, PlannedAnnotator, RunPlan } from '../../schemas/run.js'
import { type EmbeddedRedis, startEmbeddedRedis } from '../queue/embedded-redis.js'
import type { QueueName } from '../queue/job-queues.js'
import { probeRedis, redisConnection, redisLabel } from '../queue/redis-connection.js'
import { type LocalWorkers, startLocalWorkers } from '../run/local-workers.js'
import { newProgress, type RunProgress } from '../run/run-progress.js'
import { type ReadyShard, runRound } from '../run/run-round.js'
import { watchUnserved } from '../run/unserved-queues.js'
import type { ObjectStore } from '../storage/object-store.js'
import type { Environment } from './environment.js'
import { type Interrupt, listenForInterrupt } from './interrupt.js'
import { type LiveView, openLiveView } from './live-view.js'
import { endInterrupted, endSession, say } from './session-end.js'
import { type WorkerFlags, workerArguments } from './worker-flags.js'

/** The options of a session that drives a round through the queue. */
export interface QueueFlags extends WorkerFlags {
  /** Worker processes of this machine; 0 with workers elsewhere. */
  readonly workers: number
  /** Shards in flight at most. */
  readonly window: number
  readonly json?: boolean
}

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
  /** Shards as they become ready, and in the end their set. */
  readonly shards: (signal: AbortSignal, progress: RunProgress) => AsyncGenerator<ReadyShard, ImageSet, undefined>
  /** What is to be said of the set when all of it is there. */
  readonly describe: (set: ImageSet) => string
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
  const interrupt = listenForInterrupt(() => undefined)
  const redis = await openRedis(queued.environment, queued.flags.workers)
  const { store, out, plan, round, flags } = queued
  try {
    await runToEnd(queued, redis, interrupt)
    return await endSession({ store, out, run: plan.run, round, json: flags.json ?? false, started })
  } catch (error) {
    if (redis.ended.aborted) throw redis.ended.reason
    if (!interrupt.soon.aborted) throw error
    return endInterrupted()
  } finally {
    interrupt.release()
    await redis.stop()
  }
}

async function openRedis({ redisUrl }: Environment, workers: number): Promise<EmbeddedRedis> {
  if (redisUrl === null) return startEmbeddedRedis()
  const probe = await probeRedis(redisUrl)
  probe.disconnect()
  say(`queue: Redis at ${redisLabel(redisUrl)}${workers === 0 ? '; no worker here: start fld worker elsewhere' : ''}`)
  // A server of others that goes away is waited for.
  return { url: redisUrl, ended: new AbortController().signal, stop: async () => undefined }
}

async function runToEnd(queued: QueuedRound, redis: EmbeddedRedis, interrupt: Interrupt): Promise<void> {
  const { store, out, plan, round, flags } = queued
  const progress = newProgress(queued.annotators.map(({ name }) => name))
  const view = openLiveView(progress)
  const workers = localWorkers(queued, redis.url, view)
  const connection = redisConnection(redis.url)
  connection.on('error', () => undefined)
  const signal = AbortSignal.any([interrupt.soon, redis.ended])
  const hint = () => view.log('stopping: running batches end first; Ctrl-C again stops at once')
  interrupt.soon.addEventListener('abort', hint, { once: true })
  const over = new AbortController()
  const onUnserved = (queue: string, waiting: number) =>
    view.log(`${waiting} jobs wait in ${queue} and no worker serves it: start fld worker --queues ${queue}`)
  // Workers of our own serve every queue, and are replaced when they end.
  const watched = { connection, annotators: queued.annotators, signal: over.signal, onUnserved }
  const watching = flags.workers === 0 ? watchUnserved(watched) : Promise.resolve()
  try {
    await runRound({
      ...{ store, out, plan, round, connection, signal, progress },
      ingest: queued.shards(signal, progress),
      window: flags.window,
      onPacked: (set) => view.log(queued.describe(set)),
      onFailure: (shard, reason) => view.log(`shard ${shard} failed: ${reason}`),
    })
  } finally {
    over.abort()
    await watching.catch(() => undefined)
    view.close()
    await endWorkers(workers, AbortSignal.any([interrupt.now, redis.ended]))
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
