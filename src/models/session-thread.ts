import { parentPort, workerData } from 'node:worker_threads'
import { env, InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { errorMessage, FldError } from '../../schemas/errors.js'
import {
  type ModelSignature,
  nativeCall,
  type SessionAnswer,
  type SessionThreadData,
  type SessionWork,
} from './session-protocol.js'
import type { Tensor, Tensors } from './tensor.js'

// The entry of a session thread: it does one piece of work at a time and answers. Failures of a model are answers;
// anything else thrown here ends the thread, and the host replaces it.

const port = parentPort
if (port === null)
  throw new FldError('internal', 'session-thread is the entry of a worker thread, not a module to import')
const settings = workerData as SessionThreadData
const loaded = new Map<string, InferenceSession>()
env.logLevel = 'fatal'

port.on('message', async (work: SessionWork) => {
  if (work.kind === 'close') {
    for (const session of loaded.values()) await session.release()
    port.close()
    return
  }
  const answer = await answerTo(work)
  port.postMessage(answer, answer.kind === 'outputs' ? buffersOf(answer.outputs) : [])
})

async function answerTo(work: Exclude<SessionWork, { kind: 'close' }>): Promise<SessionAnswer> {
  let session: InferenceSession
  try {
    session = await load(work.model)
  } catch (thrown) {
    return { kind: 'failed', code: 'model_invalid', message: errorMessage(thrown) }
  }
  if (work.kind === 'open') return { kind: 'opened', signature: signatureOf(session) }
  try {
    return { kind: 'outputs', outputs: await run(session, work.inputs, work.outputs) }
  } catch (thrown) {
    return { kind: 'failed', code: 'annotator_failed', message: errorMessage(thrown) }
  }
}

async function load(model: string): Promise<InferenceSession> {
  const known = loaded.get(model)
  if (known !== undefined) return known
  const session = await native(() =>
    InferenceSession.create(model, {
      executionProviders: [...settings.providers],
      intraOpNumThreads: settings.threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      // Errors are thrown; what onnxruntime would log beside them is noise.
      logSeverityLevel: 4,
      // Threads that wait by spinning take the cores that decoding and resizing need: measured at twice the CPU time.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    }),
  )
  loaded.set(model, session)
  return session
}

async function run(session: InferenceSession, inputs: Tensors, outputs: readonly string[] | null): Promise<Tensors> {
  const feeds: Record<string, OrtTensor> = {}
  for (const [name, { type, data, dims }] of Object.entries(inputs)) feeds[name] = new OrtTensor(type, data, dims)
  const fetches = outputs ?? session.outputNames
  const results = await native(() => session.run(feeds, [...fetches], { logSeverityLevel: 4 }))
  return Object.fromEntries(Object.entries(results).map(([name, result]) => [name, fromOrt(name, result)]))
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

function fromOrt(name: string, { type, data, dims }: OrtTensor): Tensor {
  if (type === 'float32' && data instanceof Float32Array) return { type, data, dims }
  if (type === 'int64' && data instanceof BigInt64Array) return { type, data, dims }
  if (type === 'int32' && data instanceof Int32Array) return { type, data, dims }
  if ((type === 'uint8' || type === 'bool') && data instanceof Uint8Array) return { type, data, dims }
  throw new FldError(
    'annotator_failed',
    `output ${name} is a tensor of ${type}; float32, int64, int32, uint8 and bool can be read`,
  )
}

function signatureOf(session: InferenceSession): ModelSignature {
  const inputDims: Record<string, readonly number[]> = {}
  for (const input of session.inputMetadata) {
    if (input.isTensor) inputDims[input.name] = input.shape.map((size) => (typeof size === 'number' ? size : -1))
  }
  return { inputNames: [...session.inputNames], outputNames: [...session.outputNames], inputDims }
}

/** Each buffer once: two outputs may share one. */
function buffersOf(tensors: Tensors): ArrayBuffer[] {
  const buffers = Object.values(tensors).map((tensor) => tensor.data.buffer)
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer)
}
