import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProtobufWriter } from '../../../src/models/tfjs/protobuf-writer.js'

/** Side of the input in pixels, and of the masks. */
const inputSide = 64
const gridSide = 32

/** As facebook/sam2.1-hiera-tiny has it, but for the sizes. */
const preprocessor = {
  data_format: 'channels_first',
  do_convert_rgb: true,
  do_normalize: true,
  do_rescale: true,
  do_resize: true,
  image_mean: [0.5, 0.5, 0.5],
  image_processor_type: 'Sam2ImageProcessorFast',
  image_std: [0.5, 0.5, 0.5],
  mask_size: { height: gridSide, width: gridSide },
  processor_class: 'Sam2Processor',
  resample: 2,
  rescale_factor: 1 / 255,
  size: { height: inputSide, width: inputSide },
}

type Element = 'float32' | 'int64'
type Dims = readonly (number | string)[]

interface Node {
  readonly operator: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>
}

/**
 * The two graphs of a SAM 2 repository, with its names and ranks, that can be checked by hand. The encoder gives the image
 * at three sizes. Of a box the decoder gives three masks: logits are the distance to the nearest side in input pixels, less
 * 3, as it is, and 12 more, all three raised by a tenth of the sum of the features' means; any point or label would raise
 * them too. Predicted IoUs are .9, .8 and .95; the object score's logit is the box's width less 8.
 */
export async function boxSam2Files(): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'fld-sam2-'))
  const contents = [
    ['preprocessor_config.json', JSON.stringify(preprocessor)],
    ['onnx/vision_encoder.onnx', encoder()],
    ['onnx/prompt_encoder_mask_decoder.onnx', decoder()],
  ] as const
  const files = await Promise.all(
    contents.map(async ([path, bytes]) => {
      const local = join(folder, path.replace('/', '-'))
      await writeFile(local, bytes)
      return [path, local] as const
    }),
  )
  return new Map(files)
}

const features = [2, 4, 8].map((step, level) => ({
  name: `image_embeddings.${level}`,
  step,
  dims: [1, 3, inputSide / step, inputSide / step],
}))

function encoder(): Uint8Array {
  return model((graph) => {
    for (const { name, step } of features) {
      const pool = { kernel_shape: [step, step], strides: [step, step] }
      graph.message(1, node({ operator: 'AveragePool', inputs: ['pixel_values'], outputs: [name], attributes: pool }))
    }
    graph.string(2, 'encoder').message(11, port('pixel_values', 'float32', [1, 3, inputSide, inputSide]))
    for (const { name, dims } of features) graph.message(12, port(name, 'float32', dims))
  })
}

function decoder(): Uint8Array {
  const centres = Float32Array.from({ length: gridSide }, (_, cell) => ((cell + 0.5) * inputSide) / gridSide)
  const nodes: Node[] = [
    { operator: 'Split', inputs: ['input_boxes'], outputs: ['x1', 'y1', 'x2', 'y2'], attributes: { axis: 2 } },
    ...['x1', 'y1', 'x2', 'y2'].map((side) => unsqueezed(side)),
    { operator: 'Sub', inputs: ['x', 'x1.5'], outputs: ['left'] },
    { operator: 'Sub', inputs: ['y', 'y1.5'], outputs: ['top'] },
    { operator: 'Sub', inputs: ['x2.5', 'x'], outputs: ['right'] },
    { operator: 'Sub', inputs: ['y2.5', 'y'], outputs: ['bottom'] },
    { operator: 'Min', inputs: ['left', 'top', 'right', 'bottom'], outputs: ['distance'] },
    { operator: 'Add', inputs: ['distance', 'more'], outputs: ['masks.0'] },
    {
      operator: 'ReduceSum',
      inputs: ['input_points', 'axes.points'],
      outputs: ['points'],
      attributes: { keepdims: 0 },
    },
    { operator: 'Cast', inputs: ['input_labels'], outputs: ['labels.float'], attributes: { to: 1 } },
    {
      operator: 'ReduceSum',
      inputs: ['labels.float', 'axes.labels'],
      outputs: ['labels'],
      attributes: { keepdims: 0 },
    },
    { operator: 'Add', inputs: ['points', 'labels'], outputs: ['said'] },
    { operator: 'Unsqueeze', inputs: ['said', 'axes.said'], outputs: ['said.5'] },
    { operator: 'Add', inputs: ['masks.0', 'said.5'], outputs: ['masks.1'] },
    ...features.map(({ name }, level) => ({
      operator: 'ReduceMean',
      inputs: [name],
      outputs: [`mean.${level}`],
      attributes: { keepdims: 0, axes: [0, 1, 2, 3] },
    })),
    { operator: 'Sum', inputs: ['mean.0', 'mean.1', 'mean.2'], outputs: ['means'] },
    { operator: 'Mul', inputs: ['means', 'tenth'], outputs: ['raise'] },
    { operator: 'Add', inputs: ['masks.1', 'raise'], outputs: ['pred_masks'] },
    { operator: 'Mul', inputs: ['x1', 'zero'], outputs: ['none'] },
    { operator: 'Add', inputs: ['none', 'ious'], outputs: ['iou_scores'] },
    { operator: 'Sub', inputs: ['x2', 'x1'], outputs: ['width'] },
    { operator: 'Sub', inputs: ['width', 'eight'], outputs: ['object_score_logits'] },
  ]
  return model((graph) => {
    for (const each of nodes) graph.message(1, node(each))
    graph
      .string(2, 'decoder')
      .message(5, floats('x', [1, 1, 1, 1, gridSide], centres))
      .message(5, floats('y', [1, 1, 1, gridSide, 1], centres))
      .message(5, floats('more', [1, 1, 3, 1, 1], Float32Array.of(-3, 0, 12)))
      .message(5, floats('ious', [1, 1, 3], Float32Array.of(0.9, 0.8, 0.95)))
      .message(5, floats('tenth', [], Float32Array.of(0.1)))
      .message(5, floats('zero', [], Float32Array.of(0)))
      .message(5, floats('eight', [], Float32Array.of(8)))
      .message(5, integers('axes.box', [3, 4]))
      .message(5, integers('axes.points', [2, 3]))
      .message(5, integers('axes.labels', [2]))
      .message(5, integers('axes.said', [2, 3, 4]))
      .message(11, port('input_points', 'float32', [1, 'prompts', 'points', 2]))
      .message(11, port('input_labels', 'int64', [1, 'prompts', 'points']))
      .message(11, port('input_boxes', 'float32', [1, 'prompts', 4]))
    for (const { name, dims } of features) graph.message(11, port(name, 'float32', dims))
    graph
      .message(12, port('iou_scores', 'float32', [1, 'prompts', 3]))
      .message(12, port('pred_masks', 'float32', [1, 'prompts', 3, gridSide, gridSide]))
      .message(12, port('object_score_logits', 'float32', [1, 'prompts', 1]))
  })
}

function unsqueezed(name: string): Node {
  return { operator: 'Unsqueeze', inputs: [name, 'axes.box'], outputs: [`${name}.5`] }
}

const elementType: Record<Element, number> = { float32: 1, int64: 7 }
type Writing = (writer: ProtobufWriter) => ProtobufWriter

function model(graph: (writer: ProtobufWriter) => void): Uint8Array {
  return new ProtobufWriter()
    .integer(1, 8)
    .message(7, graph)
    .message(8, (opset) => opset.string(1, '').integer(2, 17))
    .finish()
}

function node({ operator, inputs, outputs, attributes = {} }: Node): Writing {
  return (writer) => {
    for (const input of inputs) writer.string(1, input)
    for (const output of outputs) writer.string(2, output)
    writer.string(3, outputs[0] ?? '').string(4, operator)
    for (const [name, value] of Object.entries(attributes)) writer.message(5, attribute(name, value))
    return writer
  }
}

function attribute(name: string, value: number | readonly number[]): Writing {
  return (writer) => {
    writer.string(1, name)
    if (typeof value === 'number') return writer.integer(3, value).integer(20, 2)
    for (const item of value) writer.integer(8, item)
    return writer.integer(20, 7)
  }
}

function floats(name: string, dims: readonly number[], data: Float32Array): Writing {
  return tensor(name, 'float32', dims, data)
}

function integers(name: string, values: readonly number[]): Writing {
  return tensor(name, 'int64', [values.length], BigInt64Array.from(values, BigInt))
}

function tensor(name: string, type: Element, dims: readonly number[], data: Float32Array | BigInt64Array): Writing {
  return (writer) => {
    for (const dim of dims) writer.integer(1, dim)
    return writer.integer(2, elementType[type]).string(8, name).bytes(9, new Uint8Array(data.buffer))
  }
}

function port(name: string, type: Element, dims: Dims): Writing {
  return (writer) =>
    writer.string(1, name).message(2, (value) =>
      value.message(1, (shaped) =>
        shaped.integer(1, elementType[type]).message(2, (shape) => {
          for (const dim of dims) {
            shape.message(1, (side) => (typeof dim === 'number' ? side.integer(1, dim) : side.string(2, dim)))
          }
        }),
      ),
    )
}
