import { FldError } from '../../schemas/errors.js'
import type { ModelSignature } from './session-protocol.js'
import { SessionWorker, type SessionWorkerOptions } from './session-worker.js'
import type { ModelSession, SessionHost, Tensor, Tensors } from './tensor.js'

export interface SessionHostOptions {
  /** Threads that one operator of a model may use (onnxruntime's intra-op threads). */
  readonly threads: number
  /** Worker threads, each with sessions of its own: how many runs go on at the same time in this process. */
  readonly sessions: number
  /** onnxruntime execution providers, best first: ['cuda', 'cpu']; ['cpu'] when absent. */
  readonly providers?: readonly string[]
}

/**
 * Runs ONNX models in worker threads, because onnxruntime-node blocks the thread it runs on. Threads start when there
 * is work for them; a model is loaded in a thread when it first has work there. Runs start in the order they came in,
 * in an idle thread that has the model if there is one. A thread that dies fails its own run only (`annotator_failed`)
 * and the next work gets a fresh one. A segmentation fault inside onnxruntime ends the process: no thread contains it.
 *
 * Throws FldError `config_invalid`.
 */
export function createSessionHost({ threads, sessions, providers = ['cpu'] }: SessionHostOptions): SessionHost {
  for (const [key, value] of Object.entries({ threads, sessions })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new FldError('config_invalid', `models.${key} is ${value}; it must be a whole number from 1 up`)
    }
  }
  return new WorkerSessionHost(sessions, { threads, providers })
}

/** A run or a loading that waits for a thread. */
interface Job {
  readonly model: string
  start(worker: SessionWorker): Promise<void>
  cancel(error: FldError): void
}

class WorkerSessionHost implements SessionHost {
  readonly concurrency: number
  readonly #settings: Omit<SessionWorkerOptions, 'name' | 'onEnd'>
  readonly #workers = new Set<SessionWorker>()
  readonly #opened = new Map<string, Promise<ModelSession>>()
  #queue: Job[] = []
  #started = 0
  #closed = false
  readonly #onProcessExit = (): void => {
    for (const worker of this.#workers) worker.waitForNativeCall()
  }

  constructor(concurrency: number, settings: Omit<SessionWorkerOptions, 'name' | 'onEnd'>) {
    this.concurrency = concurrency
    this.#settings = settings
  }

  open(model: string): Promise<ModelSession> {
    const known = this.#opened.get(model)
    if (known !== undefined) return known
    const opening = this.#enqueue(model, (worker) => worker.open(model)).then((it) => this.#sessionOf(model, it))
    this.#opened.set(model, opening)
    // A failure is not remembered: the file may be there the next time.
    opening.catch(() => this.#opened.delete(model))
    return opening
  }

  /** Runs that wait are refused; those under way end first. */
  async close(): Promise<void> {
    this.#closed = true
    for (const job of this.#queue.splice(0)) job.cancel(closedError(job.model))
    await Promise.all([...this.#workers].map((worker) => worker.close()))
  }

  #sessionOf(model: string, signature: ModelSignature): ModelSession {
    return {
      ...signature,
      run: async (inputs, { signal, outputs } = {}) => {
        const owned = takeOver(inputs)
        return this.#enqueue(model, (worker) => worker.run(model, owned, outputs ?? null), signal)
      },
    }
  }

  /** Queues work. When its signal fires it leaves the queue or, once it runs, its result is dropped. */
  #enqueue<T>(model: string, work: (worker: SessionWorker) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#closed) return Promise.reject(closedError(model))
    if (signal?.aborted) return Promise.reject(abortedError(model, signal))
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => {
        this.#queue = this.#queue.filter((queued) => queued !== job)
        if (signal !== undefined) reject(abortedError(model, signal))
      }
      const job: Job = {
        model,
        start: async (worker) => {
          await work(worker).then(resolve, reject)
          signal?.removeEventListener('abort', onAbort)
        },
        cancel: reject,
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#queue.push(job)
      this.#dispatch()
    })
  }

  #dispatch(): void {
    for (let job = this.#queue[0]; job !== undefined; job = this.#queue[0]) {
      const worker = this.#workerFor(job.model)
      if (worker === null) return
      this.#queue.shift()
      void job.start(worker).finally(() => this.#dispatch())
    }
  }

  #workerFor(model: string): SessionWorker | null {
    const idle = [...this.#workers].filter((worker) => worker.idle)
    const fit = idle.find((worker) => worker.models.has(model)) ?? idle[0]
    if (fit !== undefined) return fit
    if (this.#workers.size >= this.concurrency) return null
    this.#started += 1
    if (this.#workers.size === 0) process.once('exit', this.#onProcessExit)
    const onEnd = (worker: SessionWorker): void => {
      this.#workers.delete(worker)
      if (this.#workers.size === 0) process.removeListener('exit', this.#onProcessExit)
    }
    const worker = new SessionWorker({ ...this.#settings, name: `session-${this.#started}`, onEnd })
    this.#workers.add(worker)
    return worker
  }
}

/**
 * Makes the inputs ours before anything is awaited, so that the caller cannot write to what is being run. Whole
 * buffers are moved; a view of a part of a larger buffer, or of shared memory, is copied.
 */
function takeOver(inputs: Tensors): Tensors {
  const owned = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, ownBuffer(tensor)]))
  const transfer = new Set(Object.values(owned).map((tensor) => tensor.data.buffer as ArrayBuffer))
  return structuredClone(owned, { transfer: [...transfer] })
}

function ownBuffer(tensor: Tensor): Tensor {
  const { buffer, byteLength } = tensor.data
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) return tensor
  return { ...tensor, data: tensor.data.slice() } as Tensor
}

function abortedError(model: string, signal: AbortSignal): FldError {
  return new FldError('aborted', `a run of ${model} was aborted`, { cause: signal.reason })
}

function closedError(model: string): FldError {
  return new FldError('aborted', `${model} cannot run: the session host is closed`)
}
