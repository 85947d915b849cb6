import '@tensorflow/tfjs-backend-cpu'
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter'
import * as tf from '@tensorflow/tfjs-core'
import * as ort from 'onnxruntime-node'

/** A tensor as both runtimes give it. */
export interface RuntimeTensor {
  readonly dims: readonly number[]
  readonly data: Float32Array
}

export interface GraphModelSource {
  /** The topology file. */
  readonly topology: string
  readonly weights: Uint8Array
}

/** Runs a graph model in the TensorFlow.js runtime (CPU), as it was published. */
export async function runGraphModel(
  source: GraphModelSource,
  input: RuntimeTensor,
  outputs: readonly string[],
): Promise<RuntimeTensor[]> {
  await tf.setBackend('cpu')
  const model = await openGraphModel(source)
  const tensor = tf.tensor(input.data, [...input.dims], 'float32')
  const result = model.execute(tensor, [...outputs])
  const tensors = Array.isArray(result) ? result : [result]
  const read = await Promise.all(
    tensors.map(async (one) => ({ dims: one.shape, data: Float32Array.from(await one.data()) })),
  )
  tf.dispose([tensor, ...tensors])
  model.dispose()
  return read
}

/** Runs an ONNX model in onnxruntime. */
export async function runOnnxModel(
  model: Uint8Array | string,
  input: RuntimeTensor,
  outputs: readonly string[],
): Promise<RuntimeTensor[]> {
  const session =
    typeof model === 'string' ? await ort.InferenceSession.create(model) : await ort.InferenceSession.create(model)
  const [name = ''] = session.inputNames
  const results = await session.run({ [name]: new ort.Tensor('float32', input.data, input.dims) })
  const read = outputs.map((output) => {
    const tensor = results[output]
    if (!(tensor?.data instanceof Float32Array)) throw new Error(`no float output ${output}`)
    return { dims: tensor.dims, data: tensor.data }
  })
  await session.release()
  return read
}

/** [N, H, W, C] as [N, C, H, W]. */
export function nhwcToNchw({ dims, data }: RuntimeTensor): RuntimeTensor {
  const [batch = 1, rows = 1, columns = 1, channels = 1] = dims
  const moved = new Float32Array(data.length)
  for (let source = 0; source < data.length; source++) {
    const channel = source % channels
    const pixel = Math.floor(source / channels) % (rows * columns)
    const image = Math.floor(source / (channels * rows * columns))
    moved[(image * channels + channel) * rows * columns + pixel] = data[source] ?? 0
  }
  return { dims: [batch, channels, rows, columns], data: moved }
}

/** The largest difference between two tensors, as a share of the larger value where that is above 1. */
export function largestDifference(left: RuntimeTensor, right: RuntimeTensor): number {
  if (left.dims.join() !== right.dims.join()) throw new Error(`[${left.dims}] is not [${right.dims}]`)
  let largest = 0
  for (const [index, value] of left.data.entries()) {
    const other = right.data[index] ?? Number.NaN
    // Two equal infinities have no difference to compute.
    const difference = value === other ? 0 : Math.abs(value - other) / Math.max(1, Math.abs(value), Math.abs(other))
    largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(largest, difference)
  }
  return largest
}

function openGraphModel({ topology, weights }: GraphModelSource): Promise<GraphModel> {
  const { modelTopology, format, signature, weightsManifest } = JSON.parse(topology)
  const weightSpecs = weightsManifest.flatMap((group: { weights: unknown[] }) => group.weights)
  const weightData = Uint8Array.from(weights).buffer
  return loadGraphModel({ load: async () => ({ modelTopology, format, signature, weightSpecs, weightData }) })
}
