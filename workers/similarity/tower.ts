import { FldError } from '../../schemas/errors.js'
import type { LoadContext } from '../../src/annotate/contract.js'
import { entryFile } from '../../src/models/entry-file.js'
import type { Tensor, Tensors } from '../../src/models/sessions/tensor.js'
import type { SimilarityOptions } from './options.js'

/** Which graph of a pack, and what it must take and give. */
export interface TowerGraph {
  /** In the pack. */
  readonly path: string
  /** The input it must take, [N, ...]. */
  readonly input: string
  /** Inputs that it may take beside it. */
  readonly others: readonly string[]
  /** Name of the embeddings, [N, D]. */
  readonly output: string
}

/** One half of an image-text model. */
export interface Tower {
  readonly inputNames: readonly string[]
  /** The most rows of a run: 1 where the graph takes one only, else as many as the options say. */
  readonly batch: number
  /** The embedding of each row, as the model gives it: not normalised. The arrays of `inputs` are empty afterwards. */
  embed(inputs: Tensors, signal: AbortSignal): Promise<Float32Array[]>
}

/** What a tower is opened from. */
export type TowerContext = Pick<LoadContext<Pick<SimilarityOptions, 'batch'>>, 'files' | 'sessions' | 'options'>

/** Opens one tower. Throws FldError `model_invalid` naming what it lacks, or takes and cannot be given. */
export async function openTower(
  { files, sessions, options }: TowerContext,
  { path, input, others, output }: TowerGraph,
): Promise<Tower> {
  const session = await sessions.open(entryFile(files, path))
  const unknown = session.inputNames.filter((name) => name !== input && !others.includes(name))
  if (!session.inputNames.includes(input) || unknown.length > 0) {
    const may = others.length > 0 ? ` and may take ${others.join(', ')}` : ''
    throw new FldError('model_invalid', `${path} must take ${input}${may}; it takes ${session.inputNames.join(', ')}`)
  }
  if (!session.outputNames.includes(output)) {
    throw new FldError('model_invalid', `${path} must give ${output}; it gives ${session.outputNames.join(', ')}`)
  }
  const rows = session.inputDims[input]?.[0] ?? -1
  if (rows > 1) {
    throw new FldError('model_invalid', `${path} must take any number of rows in a run, or one; it takes ${rows}`)
  }
  const batch = rows === 1 ? 1 : options.batch
  return {
    inputNames: session.inputNames,
    batch,
    embed: async (inputs, signal) => {
      const count = inputs[input]?.dims[0] ?? 0
      const alone = count === 1 && batch > 1
      const outputs = await session.run(alone ? twice(inputs) : inputs, { signal, outputs: [output] })
      return rowsOf(outputs, { path, output, expected: alone ? 2 : count }).slice(0, count)
    },
  }
}

/**
 * The one row beside itself: a product with a single row is summed in another order than with more, and what is said of
 * an image must not depend on whether it has company.
 */
function twice(inputs: Tensors): Tensors {
  return Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, doubled(tensor)]))
}

function doubled(tensor: Tensor): Tensor {
  const length = tensor.data.length
  const dims = [2, ...tensor.dims.slice(1)]
  if (tensor.type === 'float32') {
    const data = new Float32Array(length * 2)
    data.set(tensor.data)
    data.copyWithin(length, 0, length)
    return { type: 'float32', data, dims }
  }
  if (tensor.type === 'int64') {
    const data = new BigInt64Array(length * 2)
    data.set(tensor.data)
    data.copyWithin(length, 0, length)
    return { type: 'int64', data, dims }
  }
  throw new FldError('internal', `a tower is given float32 and int64, not ${tensor.type}`)
}

function rowsOf(
  outputs: Tensors,
  { path, output, expected }: { path: string; output: string; expected: number },
): Float32Array[] {
  const tensor = outputs[output]
  const [rows = 0, width = 0] = tensor?.dims ?? []
  if (tensor?.type !== 'float32' || tensor.dims.length !== 2 || rows !== expected) {
    const given = tensor === undefined ? 'nothing' : `${tensor.type} [${tensor.dims.join(', ')}]`
    throw new FldError('model_invalid', `${output} of ${path} must be float32 [${expected}, size]; it is ${given}`)
  }
  const { data } = tensor
  return Array.from({ length: rows }, (_, row) => data.subarray(row * width, (row + 1) * width))
}
