import type { Worker } from 'node:worker_threads'
import { errorMessage, FldError } from '../../../schemas/errors.js'
import {
  type ModelPlace,
  type ModelSignature,
  nativeCall,
  type SessionAnswer,
  type SessionThreadData,
  type SessionWork,
} from './session-protocol.js'
import { startThread } from './start-thread.js'
import type { Tensors } from './tensor.js'

export interface SessionWorkerOptions extends Omit<SessionThreadData, 'nativeCall'> {
  /** Shown in error messages and debuggers. */
  readonly name: string
  /** Called once, when the thread is gone, for whatever reason. */
  readonly onEnd: (worker: SessionWorker) => void
}

/** Who waits for the answer to the work under way. */
interface Waiter {
  readonly path: string
  resolve(answer: SessionAnswer): void
  reject(thrown: unknown): void
}

/** How long an ending process waits for a run to leave onnxruntime. */
const exitPatienceMs = 30_000

/** The host's side of one session thread: it takes one piece of work at a time. */
export class SessionWorker {
  /** Keys of the models that are loaded there. */
  readonly models = new Set<string>()
  readonly #worker: Worker
  readonly #name: string
  readonly #nativeCall = new Int32Array(new SharedArrayBuffer(4))
  readonly #ended: Promise<void>
  #current: Waiter | null = null
  #underWay: Promise<unknown> = Promise.resolve()
  #thrown: unknown = null

  constructor({ name, onEnd, ...settings }: SessionWorkerOptions) {
    this.#name = name
    const workerData: SessionThreadData = { ...settings, nativeCall: this.#nativeCall }
    this.#worker = startThread(new URL('./session-thread.js', import.meta.url), { name, workerData })
    this.#worker.on('message', (answer: SessionAnswer) => this.#take()?.resolve(answer))
    this.#worker.on('messageerror', (error) => this.#fail(errorMessage(error), error))
    this.#worker.on('error', (error) => {
      this.#thrown = error
    })
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        onEnd(this)
        const why = this.#thrown === null ? `it exited with code ${code}` : errorMessage(this.#thrown)
        this.#fail(why, this.#thrown)
        resolve()
      })
    })
  }

  get idle(): boolean {
    return this.#current === null
  }

  /** A program has no signature: null. */
  async open(model: ModelPlace): Promise<ModelSignature | null> {
    const answer = await this.#askLoaded({ kind: 'open', model }, [])
    if (answer.kind === 'opened') return answer.signature
    throw unexpected(model, answer)
  }

  /** The model was opened before, here or in another thread. The buffers of the inputs are transferred; each must belong to these inputs alone. */
  async run(model: ModelPlace, inputs: Tensors, outputs: readonly string[] | null): Promise<Tensors> {
    const answer = await this.#askLoaded({ kind: 'run', model, inputs, outputs }, buffersOf(inputs))
    if (answer.kind === 'outputs') return answer.outputs
    throw isUnloadable(answer) ? unavailable(model, answer) : unexpected(model, answer)
  }

  /** The program was opened before, here or in another thread. `abandoned` is the word by which it learns that nobody waits. */
  async execute(
    model: ModelPlace,
    input: unknown,
    { transfer, abandoned }: { transfer: readonly ArrayBuffer[]; abandoned: Int32Array },
  ): Promise<unknown> {
    const answer = await this.#askLoaded({ kind: 'execute', model, input, abandoned }, [...transfer])
    if (answer.kind === 'result') return answer.output
    throw isUnloadable(answer) ? unavailable(model, answer) : unexpected(model, answer)
  }

  /** Gives the memory of models back. A thread that fails at it ends. */
  async release(models: readonly ModelPlace[]): Promise<void> {
    for (const { key } of models) this.models.delete(key)
    const answer = await this.#ask({ kind: 'release', models }, [])
    const [model] = models
    if (answer.kind !== 'released' && model !== undefined) throw unexpected(model, answer)
  }

  /** Lets the run under way end (a thread that is stopped inside onnxruntime takes the process with it), then the thread. */
  async close(): Promise<void> {
    await this.#underWay
    this.#worker.postMessage({ kind: 'close' } satisfies SessionWork)
    await this.#ended
  }

  /** Blocks until the thread is outside onnxruntime and keeps it there; only for a process that ends. */
  waitForNativeCall(): void {
    const { idle, inside, forbidden } = nativeCall
    if (Atomics.compareExchange(this.#nativeCall, 0, idle, forbidden) !== inside) return
    Atomics.wait(this.#nativeCall, 0, inside, exitPatienceMs)
  }

  async #askLoaded(
    work: Exclude<SessionWork, { kind: 'close' | 'release' }>,
    transfer: ArrayBuffer[],
  ): Promise<SessionAnswer> {
    const answer = await this.#ask(work, transfer)
    if (!isUnloadable(answer)) this.models.add(work.model.key)
    return answer
  }

  #ask(work: Exclude<SessionWork, { kind: 'close' }>, transfer: ArrayBuffer[]): Promise<SessionAnswer> {
    const answering = new Promise<SessionAnswer>((resolve, reject) => {
      this.#current = { path: pathOf(work), resolve, reject }
      try {
        this.#worker.postMessage(work, transfer)
      } catch (thrown) {
        // What cannot be cloned never gets there: the thread stays free for others.
        this.#current = null
        throw thrown
      }
    })
    this.#underWay = answering.catch(() => undefined)
    return answering
  }

  #take(): Waiter | null {
    const current = this.#current
    this.#current = null
    return current
  }

  #fail(why: string, cause: unknown): void {
    const waiter = this.#take()
    const message = `${waiter?.path} failed: session thread ${this.#name} ended in the middle of its work: ${why}`
    waiter?.reject(new FldError('annotator_failed', message, cause === null ? {} : { cause }))
  }
}

function pathOf(work: Exclude<SessionWork, { kind: 'close' }>): string {
  return work.kind === 'release' ? work.models.map(({ path }) => path).join(', ') : work.model.path
}

type LoadFailure = Extract<SessionAnswer, { kind: 'failed' }> & { readonly code: 'model_invalid' }

function isUnloadable(answer: SessionAnswer): answer is LoadFailure {
  return answer.kind === 'failed' && answer.code === 'model_invalid'
}

/** A model that could be loaded once: no image is to blame, nor the model; its file or the memory of this machine is. */
function unavailable({ path }: ModelPlace, { message }: LoadFailure): FldError {
  const text = `${path} cannot be loaded again, though it could be before: ${message}`
  return new FldError('model_unavailable', text, { details: { model: path } })
}

function unexpected({ path }: ModelPlace, answer: SessionAnswer): FldError {
  if (answer.kind !== 'failed') return new FldError('internal', `${path}: the session thread answered ${answer.kind}`)
  const what = answer.code === 'model_invalid' ? 'cannot be loaded as an ONNX model' : 'failed'
  return new FldError(answer.code, `${path} ${what}: ${answer.message}`, { details: { model: path } })
}

/** Each buffer once: two inputs may share one. */
function buffersOf(tensors: Tensors): ArrayBuffer[] {
  const buffers = new Set(Object.values(tensors).map((tensor) => tensor.data.buffer))
  return [...buffers].filter((buffer) => buffer instanceof ArrayBuffer)
}
