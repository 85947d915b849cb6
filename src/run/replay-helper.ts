import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { type ErrorCode, errorMessage, FldError } from '../../schemas/errors.js'

/** What a helper's thread is started with. */
export interface ReplayHelperData {
  /** The store's location. */
  readonly out: string
  /** The replay. */
  readonly run: string
  readonly round: number
}

/** A helper's answer about a shard: committed, or why not. The first one is about no shard: it is ready. */
export interface ReplayAnswer {
  readonly shard: string | null
  readonly failure: { readonly code: ErrorCode; readonly message: string } | null
}

interface Waiter {
  resolve(): void
  reject(reason: unknown): void
}

/** A thread that decides shards of a replay beside this one: deciding is all computation, and a process computes on one core. */
export class ReplayHelper {
  readonly #thread: Worker
  /** Who waits for an answer, by shard; under null, for the thread to be ready. */
  readonly #waiting = new Map<string | null, Waiter>()
  readonly #ready: Promise<boolean>
  /** Why it decides no more; null while it does. */
  #ended: string | null = null

  /** `thread` answers each shard's name with a `ReplayAnswer`. */
  constructor(thread: Worker) {
    this.#thread = thread
    this.#ready = this.#answer(null).then(
      () => true,
      () => false,
    )
    thread.on('message', (answer: ReplayAnswer) => this.#settle(answer))
    thread.on('error', (error) => this.#end(errorMessage(error)))
    thread.on('exit', () => this.#end('it has ended'))
  }

  /** False where it could not start: whatever it lacked, those that ask it then do without it. */
  async ready(): Promise<boolean> {
    return this.#ready
  }

  /** True once the thread is gone: it decides no more. */
  get ended(): boolean {
    return this.#ended !== null
  }

  /** Decides and commits a shard. Throws what it threw there, `internal` when the thread ended over it or before. */
  async replay(shard: string): Promise<void> {
    if (this.#ended !== null) throw endedThread(this.#ended)
    const answered = this.#answer(shard)
    this.#thread.postMessage(shard)
    return answered
  }

  async stop(): Promise<void> {
    if (this.#thread.threadId < 0) return
    const exited = once(this.#thread, 'exit')
    await this.#thread.terminate()
    await exited
  }

  #answer(shard: string | null): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.set(shard, { resolve, reject }))
  }

  #settle({ shard, failure }: ReplayAnswer): void {
    const waiter = this.#waiting.get(shard)
    this.#waiting.delete(shard)
    if (failure === null) waiter?.resolve()
    else waiter?.reject(new FldError(failure.code, failure.message))
  }

  #end(why: string): void {
    // An error is told before the exit that it leads to.
    this.#ended ??= why
    for (const waiter of this.#waiting.values()) waiter.reject(endedThread(this.#ended))
    this.#waiting.clear()
  }
}

function endedThread(why: string): FldError {
  return new FldError('internal', `a thread that decides: ${why}`)
}
