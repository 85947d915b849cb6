import { FldError } from '../../../schemas/errors.js'
import { estimateModelBytes, ModelMemory } from './model-memory.js'
import type { ProgramPlace, ProgramSession } from './program.js'
import type { ModelPlace, ModelSignature } from './session-protocol.js'
import { SessionWorker } from './session-worker.js'
import type { ModelSession, OpenOptions, SessionHost } from './tensor.js'
import { takeOver } from './tensor-ownership.js'

export interface SessionHostOptions {
  /** Threads that one operator of a model may use (onnxruntime's intra-op threads). */
  readonly threads: number
  /** Worker threads, each with sessions of its own: how many runs go on at the same time in this process. */
  readonly sessions: number
  /** Bytes that loaded models may take in all threads together, as `estimateModelBytes` counts; null, or absent: no limit. */
  readonly memoryBytes?: number | null
  /** Told what a person should know. */
  readonly log?: (line: string) => void
}

/** What a host has done so far. */
export interface SessionHostStats {
  /** Models loaded, each thread that loaded one counted. */
  readonly loads: number
  /** Models given back for the sake of others. */
  readonly releases: number
  /** What the models that are loaded now take, estimated. */
  readonly loadedBytes: number
}

/** A host that can be asked what it did. */
export interface MeteredSessionHost extends SessionHost {
  stats(): SessionHostStats
}

/** onnxruntime's names of what an annotator asks for; operators that CUDA lacks run on the CPU. */
const providersOf = { cpu: ['cpu'], cuda: ['cuda', 'cpu'] } as const

/**
 * Runs ONNX models in worker threads, because onnxruntime-node blocks the thread it runs on. Threads start when there
 * is work for them; a model is loaded in a thread when it first has work there. Runs start in the order they came in,
 * in an idle thread that has the model if there is one. A thread that dies fails its own run only (`annotator_failed`)
 * and the next work gets a fresh one. A segmentation fault inside onnxruntime ends the process: no thread contains it.
 *
 * Under a memory budget the models least recently used in idle threads are released before another is loaded, and
 * loaded again when they are next run (`model_unavailable` where that fails); where only threads at work hold models, the loading waits for one of them. A model
 * above the whole budget is loaded when it is alone, and said once.
 *
 * Throws FldError `config_invalid`.
 */
export function createSessionHost(options: SessionHostOptions): MeteredSessionHost {
  const { threads, sessions, memoryBytes = null } = options
  for (const [key, value] of Object.entries({ threads, sessions })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new FldError('config_invalid', `models.${key} is ${value}; it must be a whole number from 1 up`)
    }
  }
  if (memoryBytes !== null && !(memoryBytes > 0)) {
    throw new FldError(
      'config_invalid',
      `models.memoryBytes is ${memoryBytes}; it must be above 0, or null for no limit`,
    )
  }
  return new WorkerSessionHost(options)
}

/** A run or a loading that waits for a thread. */
interface Job {
  readonly model: ModelPlace
  /** `settled` is called when the thread has answered, before whoever waits learns of it. */
  start(worker: SessionWorker, settled: () => void): Promise<void>
  cancel(error: FldError): void
}

class WorkerSessionHost implements MeteredSessionHost {
  readonly concurrency: number
  readonly #threads: number
  readonly #log: (line: string) => void
  readonly #budget: number | null
  readonly #memory: ModelMemory<SessionWorker, ModelPlace>
  readonly #workers = new Set<SessionWorker>()
  readonly #models = new Map<string, Promise<ModelSession>>()
  readonly #programs = new Map<string, Promise<ProgramSession>>()
  /** Estimated bytes of each opened model, by key. */
  readonly #bytes = new Map<string, number>()
  readonly #saidTooLarge = new Set<string>()
  #queue: Job[] = []
  #started = 0
  #loads = 0
  #releases = 0
  #closed = false
  readonly #onProcessExit = (): void => {
    for (const worker of this.#workers) worker.waitForNativeCall()
  }

  constructor(options: SessionHostOptions) {
    this.concurrency = options.sessions
    this.#threads = options.threads
    this.#log = options.log ?? (() => undefined)
    this.#budget = options.memoryBytes ?? null
    this.#memory = new ModelMemory(this.#budget)
  }

  open(path: string, { provider = 'cpu' }: OpenOptions = {}): Promise<ModelSession> {
    const providers = providersOf[provider]
    const model: ModelPlace = { path, providers, key: `${providers.join()} ${path}` }
    return this.#openOnce(this.#models, model, (signature) => this.#sessionOf(model, signature))
  }

  openProgram(program: ProgramPlace, { provider = 'cpu' }: OpenOptions = {}): Promise<ProgramSession> {
    const providers = providersOf[provider]
    const [path = program.module] = Object.values(program.graphs)
    const model: ModelPlace = { path, program, providers, key: `${providers.join()} ${JSON.stringify(program)}` }
    return this.#openOnce(this.#programs, model, () => this.#programOf(model))
  }

  #openOnce<Opened>(
    opened: Map<string, Promise<Opened>>,
    model: ModelPlace,
    make: (signature: ModelSignature | null) => Opened,
  ): Promise<Opened> {
    const known = opened.get(model.key)
    if (known !== undefined) return known
    const opening = this.#load(model).then(make)
    opened.set(model.key, opening)
    // A failure is not remembered: the file may be there the next time.
    opening.catch(() => opened.delete(model.key))
    return opening
  }

  stats(): SessionHostStats {
    return { loads: this.#loads, releases: this.#releases, loadedBytes: this.#memory.bytes }
  }

  /** Runs that wait are refused; those under way end first. */
  async close(): Promise<void> {
    this.#closed = true
    for (const job of this.#queue.splice(0)) job.cancel(closedError(job.model))
    await Promise.all([...this.#workers].map((worker) => worker.close()))
  }

  async #load(model: ModelPlace): Promise<ModelSignature | null> {
    const paths = model.program === undefined ? [model.path] : Object.values(model.program.graphs)
    const sizes = await Promise.all(paths.map(estimateModelBytes))
    this.#bytes.set(
      model.key,
      sizes.reduce((sum, size) => sum + size, 0),
    )
    return this.#enqueue(model, (worker) => worker.open(model))
  }

  #sessionOf(model: ModelPlace, signature: ModelSignature | null): ModelSession {
    if (signature === null) throw new FldError('internal', `${model.path} was opened as a program`)
    return {
      ...signature,
      run: async (inputs, { signal, outputs } = {}) => {
        const owned = takeOver(inputs)
        return this.#enqueue(model, (worker) => worker.run(model, owned, outputs ?? null), signal)
      },
    }
  }

  #programOf(model: ModelPlace): ProgramSession {
    return {
      run: async (input, { signal, transfer = [] } = {}) => {
        const abandoned = new Int32Array(new SharedArrayBuffer(4))
        const abandon = (): void => void Atomics.store(abandoned, 0, 1)
        signal?.addEventListener('abort', abandon, { once: true })
        try {
          return await this.#enqueue(model, (worker) => worker.execute(model, input, { transfer, abandoned }), signal)
        } finally {
          signal?.removeEventListener('abort', abandon)
        }
      },
    }
  }

  /** Queues work. When its signal fires it leaves the queue or, once it runs, its result is dropped. */
  #enqueue<T>(model: ModelPlace, work: (worker: SessionWorker) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#closed) return Promise.reject(closedError(model))
    if (signal?.aborted) return Promise.reject(abortedError(model, signal))
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => {
        this.#queue = this.#queue.filter((queued) => queued !== job)
        if (signal !== undefined) reject(abortedError(model, signal))
      }
      const job: Job = {
        model,
        start: async (worker, settled) => {
          await work(worker).finally(settled).then(resolve, reject)
          signal?.removeEventListener('abort', onAbort)
        },
        cancel: (error) => {
          reject(error)
          signal?.removeEventListener('abort', onAbort)
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#queue.push(job)
      this.#dispatch()
    })
  }

  #dispatch(): void {
    for (let job = this.#queue[0]; job !== undefined; job = this.#queue[0]) {
      const worker = this.#workerFor(job.model)
      if (worker === null || !this.#hasRoom(job.model, worker)) return
      this.#queue.shift()
      this.#start(job, worker)
    }
  }

  #start(job: Job, worker: SessionWorker): void {
    const { model } = job
    const there = worker.models.has(model.key)
    this.#memory.use(worker, model, this.#bytesOf(model))
    void job.start(worker, () => {
      if (!worker.models.has(model.key)) this.#memory.forget(worker, model)
      else if (!there) this.#loads += 1
      this.#dispatch()
    })
  }

  /** Whether the model is in the thread or may be loaded there now; else models are released, and who is done dispatches again. */
  #hasRoom(model: ModelPlace, worker: SessionWorker): boolean {
    if (worker.models.has(model.key)) return true
    const bytes = this.#bytesOf(model)
    const { room, release } = this.#memory.makeRoom(bytes, (thread) => thread.idle)
    for (const thread of new Set(release.map(([holder]) => holder))) {
      const models = release.filter(([holder]) => holder === thread).map(([, held]) => held)
      void this.#release(thread, models).finally(() => this.#dispatch())
    }
    if (room) this.#sayTooLarge(model, bytes)
    return room
  }

  /** A thread that fails at it has ended, and its memory is free with it. */
  async #release(worker: SessionWorker, models: readonly ModelPlace[]): Promise<void> {
    await worker.release(models).catch(() => undefined)
    for (const model of models) this.#memory.forget(worker, model)
    this.#releases += models.length
  }

  #sayTooLarge({ path, key }: ModelPlace, bytes: number): void {
    if (this.#budget === null || bytes <= this.#budget || this.#saidTooLarge.has(key)) return
    this.#saidTooLarge.add(key)
    const [needed, allowed] = [bytes, this.#budget].map((size) => Math.ceil(size / 1e6))
    this.#log(`${path} takes about ${needed} MB, above the ${allowed} MB that models may take: it is loaded alone`)
  }

  #bytesOf(model: ModelPlace): number {
    return this.#bytes.get(model.key) ?? 0
  }

  #workerFor(model: ModelPlace): SessionWorker | null {
    const idle = [...this.#workers].filter((worker) => worker.idle)
    const fit = idle.find((worker) => worker.models.has(model.key)) ?? idle[0]
    if (fit !== undefined) return fit
    if (this.#workers.size >= this.concurrency) return null
    this.#started += 1
    if (this.#workers.size === 0) process.once('exit', this.#onProcessExit)
    const onEnd = (worker: SessionWorker): void => {
      this.#workers.delete(worker)
      this.#memory.forget(worker)
      if (this.#workers.size === 0) process.removeListener('exit', this.#onProcessExit)
    }
    const worker = new SessionWorker({ threads: this.#threads, name: `session-${this.#started}`, onEnd })
    this.#workers.add(worker)
    return worker
  }
}

function abortedError({ path }: ModelPlace, signal: AbortSignal): FldError {
  return new FldError('aborted', `a run of ${path} was aborted`, { cause: signal.reason })
}

function closedError({ path }: ModelPlace): FldError {
  return new FldError('aborted', `${path} cannot run: the session host is closed`)
}
