import * as onnx from 'onnxruntime-node'
import type { SessionHost, Tensor, Tensors } from '../../../src/models/sessions/tensor.js'

/** Sessions on the calling thread, one run at a time: onnxruntime as it comes, with the engine's settings. */
export function directHost(threads: number): SessionHost {
  const opened: onnx.InferenceSession[] = []
  return {
    concurrency: 1,
    async open(path) {
      const session = await onnx.InferenceSession.create(path, {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        logSeverityLevel: 3,
        // As the engine has it: waiting threads that spin cost more than they gain.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
      })
      opened.push(session)
      return {
        inputNames: session.inputNames,
        outputNames: session.outputNames,
        inputDims: Object.fromEntries(session.inputMetadata.map((input) => [input.name, dimsOf(input)])),
        run: async (inputs, { outputs } = {}) =>
          fromOnnx(await session.run(toOnnx(inputs), [...(outputs ?? session.outputNames)])),
      }
    },
    openProgram: () => Promise.reject(new Error('a bare host runs single graphs only')),
    close: async () => {
      for (const session of opened.splice(0)) await session.release()
    },
  }
}

function dimsOf(input: onnx.InferenceSession.ValueMetadata): number[] {
  return input.isTensor ? input.shape.map((side) => (typeof side === 'number' ? side : -1)) : []
}

function toOnnx(tensors: Tensors): Record<string, onnx.Tensor> {
  const entries = Object.entries(tensors).map(([name, { type, data, dims }]) => [
    name,
    new onnx.Tensor(type, data, dims),
  ])
  return Object.fromEntries(entries)
}

function fromOnnx(values: onnx.InferenceSession.ReturnType): Tensors {
  const entries = Object.entries(values).map(([name, value]) => {
    const tensor = value as onnx.Tensor
    return [name, { type: tensor.type, data: tensor.data, dims: tensor.dims } as Tensor]
  })
  return Object.fromEntries(entries)
}
