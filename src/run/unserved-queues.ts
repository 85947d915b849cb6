import { setTimeout as delay } from 'node:timers/promises'
import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import type { PlannedAnnotator } from '../../schemas/run.js'
import { annotateQueue, openJobQueues, type QueueName } from '../queue/job-queues.js'

/** Whose queues are watched, and who is told. */
export interface UnservedOptions {
  readonly connection: Redis
  readonly annotators: readonly Pick<PlannedAnnotator, 'resource'>[]
  /** Ends the watch. */
  readonly signal: AbortSignal
  /** Told once of each queue in which jobs wait while no worker serves it. */
  readonly onUnserved: (queue: QueueName, waiting: number) => void
  /** Between two looks, in ms. */
  readonly interval?: number
}

/**
 * Watches the queues of a run for jobs that nobody will take: a run with `provider: cuda` and no worker on a machine with
 * a GPU would wait without a word. Trouble with Redis is for others to tell. Resolves when the signal fires.
 */
export async function watchUnserved(options: UnservedOptions): Promise<void> {
  const { connection, annotators, signal, onUnserved, interval = 5_000 } = options
  const queues = openJobQueues(connection)
  const watched = new Map<QueueName, Pick<Queue, 'getWaitingCount' | 'getWorkersCount'>>([
    ['shards', queues.shards],
    ...annotators.map(({ resource }) => [annotateQueue(resource), queues.annotate(resource)] as const),
  ])
  try {
    while (watched.size > 0) {
      await delay(interval, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      for (const [name, queue] of [...watched]) {
        const [waiting, workers] = await Promise.all([queue.getWaitingCount(), queue.getWorkersCount()]).catch(() => [
          0, 0,
        ])
        if (waiting === 0 || workers > 0) continue
        watched.delete(name)
        onUnserved(name, waiting)
      }
    }
  } finally {
    await queues.close()
  }
}
