import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeOnnxModel } from '../../../src/models/tfjs/onnx-model.js'

/**
 * A detector with three queries and three classes, for images [images, 3, 32, 32]: each query's logits are the means of
 * red, green and blue, less a constant for all but the query's own class; each box is the whole image.
 */
export async function channelDetectorModel(folder: string, images: number | string): Promise<string> {
  const one = { name: 'one', dims: [1], data: BigInt64Array.of(1n) }
  const far = Float32Array.from({ length: 9 }, (_, at) => (at % 4 === 0 ? 0 : -20))
  const whole = Float32Array.from({ length: 12 }, (_, at) => (at % 4 < 2 ? 0.5 : 1))
  const bytes = encodeOnnxModel({
    name: 'channel-detector',
    inputs: [{ name: 'pixel_values', dims: [images, 3, 32, 32] }],
    outputs: [
      { name: 'logits', dims: [images, 3, 3] },
      { name: 'pred_boxes', dims: [images, 3, 4] },
    ],
    nodes: [
      {
        operator: 'ReduceMean',
        inputs: ['pixel_values'],
        outputs: ['means'],
        attributes: { axes: [2, 3], keepdims: 0 },
      },
      { operator: 'Unsqueeze', inputs: ['means', 'one'], outputs: ['rows'], attributes: {} },
      { operator: 'Add', inputs: ['rows', 'far'], outputs: ['logits'], attributes: {} },
      { operator: 'Mul', inputs: ['logits', 'nothing'], outputs: ['zeros'], attributes: {} },
      { operator: 'MatMul', inputs: ['zeros', 'three'], outputs: ['none'], attributes: {} },
      { operator: 'Add', inputs: ['none', 'whole'], outputs: ['pred_boxes'], attributes: {} },
    ],
    initializers: [
      one,
      { name: 'far', dims: [1, 3, 3], data: far },
      { name: 'nothing', dims: [1], data: Float32Array.of(0) },
      { name: 'three', dims: [3, 4], data: new Float32Array(12) },
      { name: 'whole', dims: [1, 3, 4], data: whole },
    ],
  })
  const path = join(folder, `channel-detector-${images}.onnx`)
  await writeFile(path, bytes)
  return path
}
