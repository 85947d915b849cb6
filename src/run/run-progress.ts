import { QueueEvents } from 'bullmq'
import type { Redis } from 'ioredis'
import { type AnnotateProgress, annotateQueue, queuePrefix, resourceClasses } from '../queue/job-queues.js'
import { closeAll } from '../queue/redis-connection.js'
import type { ShardEvent } from './coordinate.js'

/** How far a run is, as this process has seen it. */
export interface RunProgress {
  readonly started: number
  ingest: { seen: number; accepted: number; refused: number; done: boolean }
  shards: { committed: number; failed: number; inFlight: number }
  /** Images of committed shards. */
  imagesCommitted: number
  /** Images done by each annotator in this session, by name. */
  readonly annotators: Map<string, number>
  /** Images that each annotator did not have to do again, because their shards were committed before. */
  imagesReused: number
}

/** Progress of a run that begins now. */
export function newProgress(annotators: readonly string[]): RunProgress {
  return {
    started: Date.now(),
    ingest: { seen: 0, accepted: 0, refused: 0, done: false },
    shards: { committed: 0, failed: 0, inFlight: 0 },
    imagesCommitted: 0,
    annotators: new Map(annotators.map((name) => [name, 0])),
    imagesReused: 0,
  }
}

/** Enters what became of a shard. `images` is the number of images that it holds. */
export function countShardEvent(progress: RunProgress, event: ShardEvent, images: number): void {
  const { shards } = progress
  if (event.kind === 'handed_out') {
    shards.inFlight += 1
    return
  }
  if (event.kind === 'failed') {
    shards.failed += 1
    shards.inFlight -= 1
    return
  }
  shards.committed += 1
  progress.imagesCommitted += images
  if (event.earlier) progress.imagesReused += images
  else shards.inFlight -= 1
}

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
