import { type InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { FldError } from '../../../schemas/errors.js'
import type { GraphTensor, GraphTensors, ProgramGraph, RunProgram, SessionProgram } from './program.js'

/** Calls into onnxruntime as this thread marks them. */
type Native = <T>(call: () => Promise<T>) => Promise<T>

/** Imports a program's module and gives it its graphs. Throws FldError `internal` where the module exports no program. */
export async function startProgram(
  module: string,
  sessions: ReadonlyMap<string, InferenceSession>,
  native: Native,
): Promise<RunProgram> {
  const { program } = (await import(module)) as { program?: SessionProgram }
  if (program === undefined) throw new FldError('internal', `${module} exports no program`)
  const graphs = [...sessions].map(([name, session]) => [name, graphOf(session, native)])
  return program(Object.fromEntries(graphs))
}

/** Declared dimensions of each input; -1 where the model leaves them open. */
export function inputDimsOf({ inputMetadata }: InferenceSession): Record<string, readonly number[]> {
  const tensors = inputMetadata.filter((input) => input.isTensor)
  const dims = tensors.map(({ name, shape }) => [name, shape.map((size) => (typeof size === 'number' ? size : -1))])
  return Object.fromEntries(dims)
}

function graphOf(session: InferenceSession, native: Native): ProgramGraph {
  const tensors = session.inputMetadata.filter((input) => input.isTensor)
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    inputTypes: Object.fromEntries(tensors.map(({ name, type }) => [name, type])),
    inputDims: inputDimsOf(session),
    run: async (feeds, fetches = session.outputNames) => {
      const inputs = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toOrt(tensor)]))
      const results = await native(() => session.run(inputs, [...fetches], { logSeverityLevel: 4 }))
      return results as GraphTensors
    },
  }
}

/** What came out of a graph goes into the next as it is. */
function toOrt(tensor: GraphTensor): OrtTensor {
  if (tensor instanceof OrtTensor) return tensor
  const { type, data, dims } = tensor
  return new OrtTensor(type as 'float32', data as Float32Array, dims)
}
