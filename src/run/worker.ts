import { DelayedError, type Job, UnrecoverableError, Worker, type WorkerOptions } from 'bullmq'
import type { Redis } from 'ioredis'
import { errorMessage, FldError } from '../../schemas/errors.js'
import {
  type AnnotateJob,
  type AnnotateProgress,
  openJobQueues,
  type QueueName,
  queuePrefix,
  type ShardJob,
  workerTimings,
} from '../queue/job-queues.js'
import { annotateShard } from './annotate-shard.js'
import { guardJob } from './batch-guard.js'
import { driveShard } from './drive-shard.js'
import type { WorkerServices } from './worker-services.js'

/** How a worker process takes part. */
export interface WorkerSettings {
  readonly connection: Redis
  readonly services: WorkerServices
  readonly queues: readonly QueueName[]
  /** Annotator jobs at a time in this process. */
  readonly concurrency: number
  /** How soon a lost worker is missed: those of `workerTimings` when left out. */
  readonly timings?: typeof workerTimings
  /** What a running batch gets to end in once the worker is told to stop, in ms. */
  readonly grace: number
  /** Told of failures and lost connections, one line each. */
  readonly log: (line: string) => void
}

/** A running worker. */
export interface RunningWorker {
  /** Lets running batches end (those that take longer than the grace time are stopped), hands their jobs back, closes. */
  drain(): Promise<void>
}

/** Shards driven at a time: they mostly wait for their annotators. */
const shardConcurrency = 4

/** Between two reports of an annotator job, in ms. */
const progressInterval = 500

/** Starts to serve queues. Inference runs in the session host's threads, so that locks are renewed in time. */
export function startWorker(settings: WorkerSettings): RunningWorker {
  const { connection, queues, concurrency, log } = settings
  const drain = new AbortController()
  const now = new AbortController()
  const producers = openJobQueues(connection)
  const options: WorkerOptions = { connection, prefix: queuePrefix, ...(settings.timings ?? workerTimings) }
  const signals = { drain: drain.signal, signal: now.signal, log }
  const driveJob = async (job: Job<ShardJob>, token = '') =>
    orHandBack(job, token, signals, async (signal) => {
      await settings.services.throwIfCancelled(job.data.out, job.data.run)
      return driveShard({ job, token, services: settings.services, annotateQueue: producers.annotate, signal })
    })
  const annotateJob = async (job: Job<AnnotateJob>, token = '') =>
    orHandBack(job, token, signals, (signal) => annotate(job, settings.services, { drain: drain.signal, signal }))
  const workers = queues.map((queue) =>
    queue === 'shards'
      ? new Worker<ShardJob>(queue, driveJob, { ...options, concurrency: shardConcurrency })
      : new Worker<AnnotateJob>(queue, annotateJob, { ...options, concurrency }),
  )
  for (const worker of workers) reportTrouble(worker, log)
  const close = async () => {
    await Promise.all(workers.map((worker) => worker.close()))
    await producers.close()
    await settings.services.close()
  }
  return {
    drain: async () => {
      drain.abort()
      const graceOver = setTimeout(() => now.abort(), settings.grace)
      await close()
      clearTimeout(graceOver)
    },
  }
}

interface StopSignals {
  readonly drain: AbortSignal
  readonly signal: AbortSignal
}

async function annotate(
  job: Job<AnnotateJob>,
  services: WorkerServices,
  signals: StopSignals,
): Promise<AnnotateProgress> {
  const { out, run, round, shard, annotator, checkpoints, images } = job.data
  const report = (done: number): AnnotateProgress => ({ run, annotator, shard, images: done })
  let reported = 0
  const onProgress = (done: number) => {
    const time = Date.now()
    if (time - reported < progressInterval) return
    reported = time
    job.updateProgress({ ...report(done) }).catch(() => undefined)
  }
  await services.throwIfCancelled(out, run)
  const guard = await guardJob(job, services.turns, signals.signal)
  const again = images === undefined ? undefined : new Set(images)
  try {
    const which = { out, run, round, shard, annotator, checkpoints, again }
    return report(await annotateShard(services, { ...which, onProgress, guard, ...signals }))
  } finally {
    // Redis may be the reason.
    await guard.release().catch(() => undefined)
  }
}

/**
 * A job that this process gives up because it is told to stop, or is not fit for, goes back to the queue and loses no try. Each job has a
 * signal of its own: what AbortSignal.any ties to a signal stays with it, and the process's lasts as long as the process.
 */
async function orHandBack<Result>(
  job: Job,
  token: string,
  { drain, signal, log }: StopSignals & Pick<WorkerSettings, 'log'>,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const own = new AbortController()
  const stop = () => own.abort(signal.reason)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await work(own.signal)
  } catch (error) {
    if (!(error instanceof FldError)) throw error
    if (error.code === 'run_cancelled') throw new UnrecoverableError(error.message)
    if (error.code === 'worker_unfit') log(error.message)
    else if (!drain.aborted || error.code !== 'aborted') throw error
    await job.moveToDelayed(Date.now() + (error.code === 'worker_unfit' ? otherWorkerPause : 100), token)
    throw new DelayedError()
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** How long a job waits for another worker than one that is not fit for it, in ms. */
const otherWorkerPause = 5_000

function reportTrouble(worker: Worker, log: (line: string) => void): void {
  worker.on('failed', (job, error) => {
    const what = job ? `${worker.name} ${job.data.shard ?? job.id} ${job.data.annotator ?? ''}`.trim() : worker.name
    log(`${what}, try ${job?.attemptsMade ?? '?'}: ${errorMessage(error)}`)
  })
  worker.on('stalled', (id) => log(`${worker.name}: job ${id} lost its worker and goes back to the queue`))
  worker.on('error', (error) => log(`${worker.name}: ${errorMessage(error)}`))
}
