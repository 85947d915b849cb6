import { performance } from 'node:perf_hooks'
import type { Queue } from 'bullmq'

/**
 * Jobs wait between two tries by the wall clock of the worker that failed. One whose clock was ahead, for a moment, would have them
 * wait for as long as it was. By a clock that does not jump, no job of ours is to wait longer than this, in ms.
 */
const longestWait = 60_000

/** Delayed jobs of a queue that are looked at. */
const looked = 1_000

/** Finds jobs that have been waiting for too long, and has them done. */
export class OverdueJobs {
  readonly #queues: readonly Queue[]
  readonly #longest: number
  /** When a job was first seen to wait, by queue and id. */
  #since = new Map<string, number>()

  constructor(queues: readonly Queue[], longest = longestWait) {
    this.#queues = queues
    this.#longest = longest
  }

  /** One look; to be repeated more often than the longest wait. */
  async promote(): Promise<void> {
    const waiting = new Map<string, number>()
    for (const queue of this.#queues) {
      for (const job of await queue.getDelayed(0, looked - 1)) {
        const key = `${queue.name} ${job.id} ${job.attemptsMade}`
        const since = this.#since.get(key) ?? performance.now()
        if (performance.now() - since > this.#longest) await job.promote()
        else waiting.set(key, since)
      }
    }
    this.#since = waiting
  }
}
