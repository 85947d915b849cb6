import { QueueEvents } from 'bullmq'
import type { Redis } from 'ioredis'
import { type AnnotateProgress, annotateQueue, queuePrefix, resourceClasses } from '../queue/job-queues.js'
import { closeAll } from '../queue/redis-connection.js'
import type { RunProgress } from './run-progress.js'

/** Follows the annotators of a run through their queues' events; `close` ends it. */
export function followAnnotators(options: { connection: Redis; run: string; progress: RunProgress }): {
  close(): Promise<void>
} {
  const { connection, run, progress } = options
  const tally = new AnnotatorTally(progress)
  const events = resourceClasses.map((resource) => {
    const queue = new QueueEvents(annotateQueue(resource), { connection, prefix: queuePrefix })
    queue.on('error', () => undefined)
    queue.on('progress', ({ data }) => tally.add(run, data))
    queue.on('completed', ({ returnvalue }) => tally.add(run, returnvalue, { over: true }))
    return queue
  })
  return { close: () => closeAll(events.map((queue) => queue.close())) }
}

/** Adds up what annotators report of the shards that they are at. */
class AnnotatorTally {
  readonly #progress: RunProgress
  readonly #images = new Map<string, number>()

  constructor(progress: RunProgress) {
    this.#progress = progress
  }

  add(run: string, reported: unknown, { over = false } = {}): void {
    if (!isProgress(reported) || reported.run !== run) return
    const { annotator, shard, images } = reported
    const key = `${annotator}\0${shard}`
    const before = this.#images.get(key) ?? 0
    const { annotators } = this.#progress
    annotators.set(annotator, (annotators.get(annotator) ?? 0) + Math.max(0, images - before))
    // Forgotten when it is over, so that memory does not grow with the number of shards.
    if (over) this.#images.delete(key)
    else this.#images.set(key, Math.max(images, before))
  }
}

function isProgress(value: unknown): value is AnnotateProgress {
  return typeof value === 'object' && value !== null && 'annotator' in value && 'images' in value && 'run' in value
}
