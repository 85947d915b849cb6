import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Job, type Queue, QueueEvents } from 'bullmq'
import type { Redis } from 'ioredis'
import type { RunPlan } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import {
  openJobQueues,
  queuePrefix,
  resourceClasses,
  type ShardAgain,
  type ShardJob,
  shardJobId,
  shardJobOptions,
} from '../queue/job-queues.js'
import { closeAll } from '../queue/redis-connection.js'
import { orAborted } from '../storage/abort.js'
import type { ObjectStore } from '../storage/object-store.js'
import { CommittedBefore } from './committed-before.js'
import { OverdueJobs } from './overdue-jobs.js'
import { readControl } from './run-control.js'
import { recordFailure } from './run-ledger.js'

/** What became of a shard. */
export type ShardEvent =
  | { readonly kind: 'committed'; readonly shard: string; readonly earlier: boolean }
  | { readonly kind: 'failed'; readonly shard: string; readonly reason: string }
  | { readonly kind: 'handed_out'; readonly shard: string }

/** Shards that are done again. */
export interface RetryTask {
  readonly id: string
  /** What is done again of a shard, while it is in flight. */
  readonly images: ReadonlyMap<string, ShardAgain['images']>
}

/** What a coordinator works with. */
export interface CoordinateOptions {
  readonly store: ObjectStore
  /** The store's location, as workers open it. */
  readonly out: string
  readonly plan: RunPlan
  readonly round: number
  /** Shards as they become ready. Not asked for more than the window holds. */
  readonly shards: AsyncIterable<string>
  readonly connection: Redis
  /** Shards in flight at most: Redis holds no more of a run than this. */
  readonly window: number
  /** What is done again of shards that are done; without it shards are done that are not. */
  readonly retry?: RetryTask | undefined
  /** Ends the feeding; what is in flight is waited for. */
  readonly halt?: AbortSignal | undefined
  /** Stops feeding; what is in flight is left to the workers. */
  readonly signal: AbortSignal
  readonly onEvent: (event: ShardEvent) => void
}

/** How often the queue is held against the ledger, in ms. */
const reconcileInterval = 3_000

/**
 * Feeds the shards of a round to the queue, a bounded window at a time, and waits for them. The ledger says what is
 * done: committed shards are passed over, and a shard that the queue has forgotten (Redis restarted empty) is handed
 * out again. Several coordinators of one run do no harm: their jobs have the same ids. Memory holds the window and no
 * more; which shards failed is said by `onEvent` and kept in the ledger. Returns their number.
 *
 * Throws FldError `aborted` when the signal fires before the last shard has ended.
 */
export async function coordinate(options: CoordinateOptions): Promise<number> {
  const { connection, plan, round, store, signal } = options
  const queues = openJobQueues(connection)
  const events = new QueueEvents('shards', { connection, prefix: queuePrefix })
  events.on('error', () => undefined)
  const window = new ShardWindow(options, queues.shards)
  events.on('completed', ({ jobId }) => window.reconcileJob(jobId))
  events.on('failed', ({ jobId, failedReason }) => window.failJob(jobId, failedReason))
  const committed = new CommittedBefore(store, { run: plan.run, round }, { signal })
  const over = new AbortController()
  const overdue = new OverdueJobs([queues.shards, ...resourceClasses.map((resource) => queues.annotate(resource))])
  const reconciling = reconcileUntil(over.signal, { window, overdue })
  try {
    await orAborted(events.waitUntilReady(), signal, 'connecting to the queue')
    for await (const shard of options.shards) {
      if (options.halt?.aborted) break
      await window.feed(shard, options.retry === undefined && (await committed.has(shard)))
    }
    await window.drained()
    return window.failed
  } finally {
    over.abort()
    await reconciling
    await committed.close()
    await closeAll([events.close(), queues.close()])
  }
}

async function reconcileUntil(
  over: AbortSignal,
  { window, overdue }: { window: ShardWindow; overdue: OverdueJobs },
): Promise<void> {
  for (;;) {
    await delay(reconcileInterval, undefined, { signal: over }).catch(() => undefined)
    if (over.aborted) return
    await window.reconcile(over)
    await orAborted(overdue.promote(), over, 'reconciling').catch(() => undefined)
  }
}

/** A failed shard's jobs go, so that it can be handed out again; one that a worker still holds ends by itself. */
async function removeFailed(job: Job<ShardJob>): Promise<void> {
  await job.remove({ removeChildren: true }).catch(() => job.remove({ removeChildren: false }))
}

/** The shards in flight. */
class ShardWindow {
  readonly #options: CoordinateOptions
  readonly #queue: Queue<ShardJob>
  /** Shard by job id. */
  readonly #inFlight = new Map<string, string>()
  failed = 0
  #changed: (() => void)[] = []

  constructor(options: CoordinateOptions, queue: Queue<ShardJob>) {
    this.#options = options
    this.#queue = queue
  }

  /** Hands a shard out as soon as the window has room, unless it was committed before. */
  async feed(shard: string, committed: boolean): Promise<void> {
    const { onEvent, window, signal } = this.#options
    if (committed) {
      onEvent({ kind: 'committed', shard, earlier: true })
      return
    }
    while (this.#inFlight.size >= window) await this.#nextChange()
    const id = this.#jobId(shard)
    this.#inFlight.set(id, shard)
    await orAborted(this.#handOut(id, shard), signal, `handing out shard ${shard}`)
    onEvent({ kind: 'handed_out', shard })
  }

  async drained(): Promise<void> {
    while (this.#inFlight.size > 0) await this.#nextChange()
  }

  /** A job has ended or vanished: the ledger says what that means. */
  reconcileJob(jobId: string): void {
    const shard = this.#inFlight.get(jobId)
    if (shard === undefined) return
    this.#settleIfCommitted(jobId, shard).catch(() => undefined)
  }

  /** A job has failed for good. */
  failJob(jobId: string, reason: string): void {
    const shard = this.#inFlight.get(jobId)
    if (shard === undefined) return
    this.#settleFailed(jobId, shard, reason).catch(() => undefined)
  }

  /** Holds the queue against the ledger; what neither knows is handed out again. Trouble is tried again next time. */
  async reconcile(over: AbortSignal): Promise<void> {
    for (const [jobId, shard] of [...this.#inFlight]) {
      if (over.aborted) return
      await orAborted(this.#reconcileShard(jobId, shard), over, 'reconciling').catch(() => undefined)
    }
  }

  async #reconcileShard(jobId: string, shard: string): Promise<void> {
    const job = await this.#queue.getJob(jobId)
    if (await job?.isFailed()) return this.#settleFailed(jobId, shard, job?.failedReason ?? 'unknown')
    if (job || (await this.#settleIfCommitted(jobId, shard))) return
    await this.#handOut(jobId, shard)
  }

  async #settleIfCommitted(jobId: string, shard: string): Promise<boolean> {
    const { store, plan, round, retry } = this.#options
    const { run } = plan
    const done = retry === undefined ? storeLayout.commit(run, round, shard) : storeLayout.retried(run, retry.id, shard)
    if ((await store.head(done)) === null) return false
    if (!this.#inFlight.delete(jobId)) return true
    this.#options.onEvent({ kind: 'committed', shard, earlier: false })
    this.#wake()
    return true
  }

  /** The shard stays in flight until its failure is recorded, so that a round does not end before the ledger says why. */
  async #settleFailed(jobId: string, shard: string, reason: string): Promise<void> {
    // A worker that was taken for dead may have committed it all the same.
    if (await this.#settleIfCommitted(jobId, shard).catch(() => false)) return
    // That workers take up no more of it is no failure of the shard.
    if ((await readControl(this.#options.store, this.#options.plan.run)) === 'cancelled') return
    await this.#recordFailure(shard, reason).catch(() => undefined)
    if (!this.#inFlight.delete(jobId)) return
    this.failed += 1
    this.#options.onEvent({ kind: 'failed', shard, reason })
    this.#wake()
  }

  async #handOut(jobId: string, shard: string): Promise<void> {
    const { out, plan, round } = this.#options
    const earlier = await this.#queue.getJob(jobId)
    if (earlier && (await earlier.isFailed())) await removeFailed(earlier)
    const generation = randomBytes(4).toString('hex')
    const data: ShardJob = { out, run: plan.run, round, shard, generation, stage: -1, ...this.#again(shard) }
    await this.#queue.add(shard, data, { ...shardJobOptions, jobId })
  }

  async #recordFailure(shard: string, message: string): Promise<void> {
    const { store, plan, round } = this.#options
    const key = storeLayout.failure(plan.run, round, shard)
    // The shard's driver has written it with more detail where an annotator was the cause.
    if (message.startsWith('annotator ') && (await store.head(key)) !== null) return
    await recordFailure(store, {
      run: plan.run,
      round,
      shard,
      stage: 'shard',
      annotator: null,
      code: 'internal',
      message,
      failed_at: new Date().toISOString(),
    })
  }

  #jobId(shard: string): string {
    const { out, plan, round } = this.#options
    return shardJobId({ out, run: plan.run, round, shard, planDigest: plan.digest, ...this.#again(shard) })
  }

  #again(shard: string): Pick<ShardJob, 'again'> {
    const { retry } = this.#options
    return retry === undefined ? {} : { again: { id: retry.id, images: retry.images.get(shard) ?? {} } }
  }

  #nextChange(): Promise<void> {
    const change = new Promise<void>((resolve) => this.#changed.push(resolve))
    return orAborted(change, this.#options.signal, 'waiting for shards')
  }

  #wake(): void {
    for (const resolve of this.#changed.splice(0)) resolve()
  }
}
