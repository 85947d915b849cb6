import { createHash } from 'node:crypto'
import { type JobsOptions, Queue, type WorkerOptions } from 'bullmq'
import type { Redis } from 'ioredis'
import type { CheckpointVersions } from '../../schemas/run.js'

/** What a queue's workers have to have. Annotators name theirs; a machine serves the queues that it is fit for. */
export type ResourceClass = 'cpu' | 'gpu' | 'io'
export const resourceClasses = ['cpu', 'gpu', 'io'] as const satisfies ResourceClass[]

/** `shards` drives one shard through its stages; `annotate-<resource>` runs one annotator over one shard. */
export const queueNames = ['shards', 'annotate-cpu', 'annotate-gpu', 'annotate-io'] as const
export type QueueName = (typeof queueNames)[number]

export function annotateQueue(resource: ResourceClass): QueueName {
  return `annotate-${resource}`
}

/** One hash tag, so that the flows of a shard stay in one slot of a Redis cluster. */
export const queuePrefix = '{fld}'

/** Which shard, of which run, in which store. All that a worker on any machine needs to begin. */
export interface ShardJob {
  readonly out: string
  readonly run: string
  readonly round: number
  readonly shard: string
  /** Differs each time the shard is handed out, so that jobs left by an earlier try are not taken for this one's. */
  readonly generation: string
  /** Index of the stage whose annotator jobs have been added; -1 before the first. */
  readonly stage: number
  /** The version of each checkpoint that the shard is annotated with; absent until it has begun, and the same from then on. */
  readonly checkpoints?: CheckpointVersions
  /** That the shard is done again, where it is. */
  readonly again?: ShardAgain
}

/** What is done again of a shard. */
export interface ShardAgain {
  /** Of the retry in the ledger. */
  readonly id: string
  /** Images (image_id) by the annotator that is asked for them again; who has no observations is asked for all. */
  readonly images: Readonly<Record<string, readonly string[]>>
}

/** What an annotator's job has in hand: left in its data when the process ends over it. */
export interface InHand {
  /** Places of images in the shard, `to` excluded; the same twice while the annotator is being loaded. */
  readonly from: number
  readonly to: number
  /** Whether nothing else ran beside it in its process. */
  readonly alone: boolean
  /** How many processes have ended over just this. */
  readonly deaths: number
}

/** One annotator over one shard; a child of the shard's job. */
export interface AnnotateJob {
  readonly out: string
  readonly run: string
  readonly round: number
  readonly shard: string
  /** Name of the annotator in the run's plan. */
  readonly annotator: string
  /** What its shard has taken up. */
  readonly checkpoints: CheckpointVersions
  /** Only these images (image_id), whose observations take the place of those that are there; all when absent. */
  readonly images?: readonly string[]
  readonly in_hand?: InHand
  /** Places of images over which processes ended: taken out. */
  readonly condemned?: readonly number[]
}

/** How far an annotator's job is: its progress while it runs, and what it returns. The observations' key follows from it. */
export interface AnnotateProgress {
  readonly run: string
  readonly annotator: string
  readonly shard: string
  /** Images done. */
  readonly images: number
}

/** The id of a shard's job: the same for everybody who would hand out this shard of this plan for this store. */
export function shardJobId(
  options: Pick<ShardJob, 'out' | 'run' | 'round' | 'shard' | 'again'> & { planDigest: string },
): string {
  const { out, run, round, shard, planDigest, again } = options
  const parts = [out, run, String(round), shard, planDigest, ...(again === undefined ? [] : [again.id])]
  return `shard_${identifier(parts)}`
}

/** The id of an annotator's job under a shard's. */
export function annotateJobId(options: { shardJob: string; generation: string; annotator: string }): string {
  return `annotate_${identifier([options.shardJob, options.generation, options.annotator])}`
}

/** BullMQ's ids hold no colon and are not all digits; a digest of the parts is neither and has one length. */
function identifier(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32)
}

/** Tries outlast a store that is away for a minute. Failed jobs are kept a while for the eye; the ledger is what counts. */
export const shardJobOptions: JobsOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 2_000, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: { count: 1_000 },
}

/**
 * Three tries with backoff. A child that fails for good does not hang its parent: the parent goes on, looks which
 * observations are missing, and decides (required or optional) what that means.
 */
export const annotateJobOptions: JobsOptions = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 1_000, jitter: 0.5 },
  ignoreDependencyOnFailure: true,
  removeOnComplete: true,
  removeOnFail: { count: 1_000 },
}

/**
 * A killed worker's job runs again after about lockDuration + stalledInterval. Inference is off the thread that renews the lock
 * every five seconds, and a worker that is wrongly taken for dead costs time and shows nothing twice. A job survives the
 * workers that are lost until the image that ends them is found by halving (in a batch of 256 after ten), and some more that are
 * lost over its neighbours'.
 */
export const workerTimings: Required<Pick<WorkerOptions, 'lockDuration' | 'stalledInterval' | 'maxStalledCount'>> = {
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 20,
}

/** The queues as producers see them. */
export interface JobQueues {
  readonly shards: Queue<ShardJob>
  annotate(resource: ResourceClass): Queue<AnnotateJob>
  close(): Promise<void>
}

/** Opens the queues over one connection, which the caller closes afterwards. */
export function openJobQueues(connection: Redis): JobQueues {
  const shards = new Queue<ShardJob>('shards', { connection, prefix: queuePrefix })
  const annotate = new Map(
    resourceClasses.map((resource) => [
      resource,
      new Queue<AnnotateJob>(annotateQueue(resource), { connection, prefix: queuePrefix }),
    ]),
  )
  const all = [shards, ...annotate.values()]
  for (const queue of all) queue.on('error', () => undefined)
  return {
    shards,
    annotate: (resource) => {
      const queue = annotate.get(resource)
      if (!queue) throw new RangeError(`no queue for resource class ${resource}`)
      return queue
    },
    close: async () => {
      await Promise.all(all.map((queue) => queue.close()))
    },
  }
}
