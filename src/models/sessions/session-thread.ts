import { parentPort, workerData } from 'node:worker_threads'
import { env, InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { errorMessage, FldError } from '../../../schemas/errors.js'
import { fromFloat16, toFloat16 } from './float16.js'
import { inputDimsOf, startProgram } from './loaded-program.js'
import type { ProgramPlace, RunProgram } from './program.js'
import {
  type ModelPlace,
  type ModelSignature,
  nativeCall,
  type SessionAnswer,
  type SessionThreadData,
  type SessionWork,
} from './session-protocol.js'
import type { Tensor, Tensors } from './tensor.js'

// The entry of a session thread: it does one piece of work at a time and answers. Failures to load
// or run a model are answers; anything else thrown here, by giving a model back too, ends the thread, and the host
// replaces it.

const port = parentPort
if (port === null)
  throw new FldError('internal', 'session-thread is the entry of a worker thread, not a module to import')
const settings = workerData as SessionThreadData
const loaded = new Map<string, Loaded>()
env.logLevel = 'fatal'

/** What lies in this thread under one key: a model, or a program with its graphs. */
interface Loaded {
  readonly sessions: readonly InferenceSession[]
  readonly program: RunProgram | null
}

/** An answer and the buffers that move with it. */
interface Answer {
  readonly answer: SessionAnswer
  readonly transfer: readonly ArrayBuffer[]
}

port.on('message', async (work: SessionWork) => {
  if (work.kind === 'close') {
    for (const { sessions } of loaded.values()) for (const session of sessions) await session.release()
    port.close()
    return
  }
  const { answer, transfer } =
    work.kind === 'release' ? withoutBuffers(await release(work.models)) : await answerTo(work)
  port.postMessage(answer, transfer)
})

async function answerTo(work: Exclude<SessionWork, { kind: 'close' | 'release' }>): Promise<Answer> {
  let there: Loaded
  try {
    there = await load(work.model)
  } catch (thrown) {
    return withoutBuffers({ kind: 'failed', code: 'model_invalid', message: errorMessage(thrown) })
  }
  try {
    return await done(there, work)
  } catch (thrown) {
    return withoutBuffers({ kind: 'failed', code: 'annotator_failed', message: errorMessage(thrown) })
  }
}

async function done(
  { sessions: [session], program }: Loaded,
  work: Exclude<SessionWork, { kind: 'close' | 'release' }>,
): Promise<Answer> {
  if (work.kind === 'execute') {
    if (program === null) throw new FldError('internal', `${work.model.path} is no program`)
    const { abandoned } = work
    const { output, transfer } = await program(work.input, { aborted: () => Atomics.load(abandoned, 0) !== 0 })
    return { answer: { kind: 'result', output }, transfer }
  }
  if (session === undefined) throw new FldError('internal', `${work.model.path} has no graph`)
  if (work.kind === 'open') {
    return withoutBuffers({ kind: 'opened', signature: program === null ? signatureOf(session) : null })
  }
  const outputs = await run(session, work.inputs, work.outputs)
  return { answer: { kind: 'outputs', outputs }, transfer: buffersOf(outputs) }
}

function withoutBuffers(answer: SessionAnswer): Answer {
  return { answer, transfer: [] }
}

async function load(model: ModelPlace): Promise<Loaded> {
  const known = loaded.get(model.key)
  if (known !== undefined) return known
  const there = model.program === undefined ? await loadModel(model) : await loadProgram(model, model.program)
  loaded.set(model.key, there)
  return there
}

async function loadModel(model: ModelPlace): Promise<Loaded> {
  return { sessions: [await createSession(model.path, model)], program: null }
}

/** All of its graphs or none. */
async function loadProgram(model: ModelPlace, { module, graphs }: ProgramPlace): Promise<Loaded> {
  const sessions = new Map<string, InferenceSession>()
  try {
    for (const [name, path] of Object.entries(graphs)) sessions.set(name, await createSession(path, model))
    return { sessions: [...sessions.values()], program: await startProgram(module, sessions, native) }
  } catch (thrown) {
    for (const session of sessions.values()) await native(() => session.release())
    throw thrown
  }
}

async function createSession(path: string, { providers }: ModelPlace): Promise<InferenceSession> {
  const options = sessionOptions(providers)
  return native(() => InferenceSession.create(path, options)).catch((thrown: unknown) => {
    throw providers.includes('cuda') ? cudaError(thrown) : thrown
  })
}

function sessionOptions(providers: ModelPlace['providers']): InferenceSession.SessionOptions {
  return {
    executionProviders: [...providers],
    intraOpNumThreads: settings.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Errors are thrown; what onnxruntime would log beside them is noise.
    logSeverityLevel: 4,
    // Threads that wait by spinning take the cores that decoding and resizing need: measured at twice the CPU time.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  }
}

/** What to do when onnxruntime has no CUDA: its packages come without the libraries, which are too large for npm. */
function cudaError(thrown: unknown): unknown {
  const message = errorMessage(thrown)
  if (!/cuda|shared library|backend not found/i.test(message)) return thrown
  const install = 'npm rebuild onnxruntime-node --ignore-scripts=false'
  return new FldError(
    'model_invalid',
    `the CUDA execution provider does not work here (${message}). Its libraries come with: ${install} (Linux x64, ` +
      'CUDA 12; see .npmrc), and it needs an NVIDIA driver and device; provider: cpu needs neither',
    { cause: thrown },
  )
}

async function release(models: readonly ModelPlace[]): Promise<SessionAnswer> {
  for (const { key } of models) {
    const there = loaded.get(key)
    loaded.delete(key)
    for (const session of there?.sessions ?? []) await native(() => session.release())
  }
  return { kind: 'released' }
}

async function run(session: InferenceSession, inputs: Tensors, outputs: readonly string[] | null): Promise<Tensors> {
  const halves = new Set(session.inputMetadata.filter(isHalf).map(({ name }) => name))
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name, toOrt(tensor, halves.has(name))]),
  )
  const fetches = outputs ?? session.outputNames
  const results = await native(() => session.run(feeds, [...fetches], { logSeverityLevel: 4 }))
  return Object.fromEntries(
    Object.entries(results).map(([name, result]) => [name, withoutNaN(name, fromOrt(name, result))]),
  )
}

function isHalf(input: InferenceSession.ValueMetadata): boolean {
  return input.isTensor && input.type === 'float16'
}

/** Marks a call into onnxruntime, so that the process does not end inside it. */
async function native<T>(call: () => Promise<T>): Promise<T> {
  const before = Atomics.compareExchange(settings.nativeCall, 0, nativeCall.idle, nativeCall.inside)
  if (before === nativeCall.forbidden) throw new FldError('aborted', 'the process is ending')
  try {
    return await call()
  } finally {
    Atomics.store(settings.nativeCall, 0, nativeCall.idle)
    Atomics.notify(settings.nativeCall, 0)
  }
}

function toOrt({ type, data, dims }: Tensor, half: boolean): OrtTensor {
  if (half && data instanceof Float32Array) return new OrtTensor('float16', toFloat16(data), dims)
  return new OrtTensor(type, data, dims)
}

function fromOrt(name: string, { type, data, dims }: OrtTensor): Tensor {
  if (type === 'float32' && data instanceof Float32Array) return { type, data, dims }
  if (type === 'int64' && data instanceof BigInt64Array) return { type, data, dims }
  if (type === 'int32' && data instanceof Int32Array) return { type, data, dims }
  if ((type === 'uint8' || type === 'bool') && data instanceof Uint8Array) return { type, data, dims }
  if (type === 'float16' && ArrayBuffer.isView(data)) {
    // A Uint16Array, or a Float16Array where the language has it.
    const halves = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
    return { type: 'float32', data: fromFloat16(halves), dims }
  }
  throw new FldError(
    'annotator_failed',
    `output ${name} is a tensor of ${type}; float32, float16, int64, int32, uint8 and bool can be read`,
  )
}

/** Compared with anything NaN is false, so that a decoder would take it for "nothing there". Infinities are values: masked logits are -Infinity. */
function withoutNaN(name: string, tensor: Tensor): Tensor {
  if (tensor.type !== 'float32' || !tensor.data.includes(Number.NaN)) return tensor
  throw new FldError(
    'annotator_failed',
    `output ${name} holds NaN: the model overflowed, as one of float16 may where float32 does not, or its input holds NaN`,
  )
}

function signatureOf(session: InferenceSession): ModelSignature {
  const { inputNames, outputNames } = session
  return { inputNames: [...inputNames], outputNames: [...outputNames], inputDims: inputDimsOf(session) }
}

/** Each buffer once: two outputs may share one. */
function buffersOf(tensors: Tensors): ArrayBuffer[] {
  const buffers = Object.values(tensors).map((tensor) => tensor.data.buffer)
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer)
}
