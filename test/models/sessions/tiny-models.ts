import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeOnnxModel } from '../../../src/models/tfjs/onnx-model.js'
import { ProtobufWriter } from '../../../src/models/tfjs/protobuf-writer.js'

/** A fresh folder for model files. */
export function modelFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'fld-models-'))
}

/** y = ((a b) b) ... `times` times, over square matrices of any size: as slow as the test needs it. */
export async function matrixPowerModel(folder: string, name: string, times: number): Promise<string> {
  const nodes = Array.from({ length: times }, (_, i) => ({
    operator: 'MatMul',
    inputs: [i === 0 ? 'a' : `p${i}`, 'b'],
    outputs: [i === times - 1 ? 'y' : `p${i + 1}`],
    attributes: {},
  }))
  const matrix = (port: string) => ({ name: port, dims: ['n', 'n'] })
  const graph = { name, inputs: [matrix('a'), matrix('b')], outputs: [matrix('y')], nodes, initializers: [] }
  return save(folder, name, encodeOnnxModel(graph))
}

/** Element types of onnx.proto3's TensorProto.DataType. */
export const elementTypes = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11 } as const

/** y = x, for tensors [n] of one element type. */
export function identityModel(folder: string, type: keyof typeof elementTypes): Promise<string> {
  return elementwiseModel(folder, 'Identity', type)
}

/** y = log(x), for tensors [n] of float32. */
export function logarithmModel(folder: string): Promise<string> {
  return elementwiseModel(folder, 'Log', 'float32')
}

async function elementwiseModel(folder: string, operator: string, type: keyof typeof elementTypes): Promise<string> {
  const bytes = modelOf((graph) =>
    graph
      .message(1, (node) => node.string(1, 'x').string(2, 'y').string(4, operator))
      .string(2, operator)
      .message(11, vector('x', type))
      .message(12, vector('y', type)),
  )
  return save(folder, `${operator}-${type}`, bytes)
}

/** y = x + w, for tensors of two float32; w lies in a file of its own, which the graph names. */
export function externalWeightsModel(
  weights: readonly [number, number],
  file: string,
): { graph: Uint8Array; weights: Uint8Array } {
  const entry = (key: string, value: string) => (pair: ProtobufWriter) => pair.string(1, key).string(2, value)
  const graph = modelOf((writer) =>
    writer
      .message(1, (node) => node.string(1, 'x').string(1, 'w').string(2, 'y').string(4, 'Add'))
      .string(2, 'external')
      .message(5, (tensor) =>
        tensor
          .integer(1, 2)
          .integer(2, elementTypes.float32)
          .string(8, 'w')
          .message(13, entry('location', file))
          .message(13, entry('offset', '0'))
          .message(13, entry('length', '8'))
          .integer(14, 1),
      )
      .message(11, vector('x', 'float32'))
      .message(12, vector('y', 'float32')),
  )
  return { graph, weights: new Uint8Array(Float32Array.from(weights).buffer) }
}

/** A tensor [n] of a graph's inputs or outputs. */
function vector(name: string, type: keyof typeof elementTypes): (writer: ProtobufWriter) => ProtobufWriter {
  return (writer) =>
    writer
      .string(1, name)
      .message(2, (value) =>
        value.message(1, (tensor) =>
          tensor.integer(1, elementTypes[type]).message(2, (shape) => shape.message(1, (dim) => dim.string(2, 'n'))),
        ),
      )
}

function modelOf(graph: (writer: ProtobufWriter) => ProtobufWriter): Uint8Array {
  return new ProtobufWriter()
    .integer(1, 8)
    .message(7, graph)
    .message(8, (opset) => opset.string(1, '').integer(2, 17))
    .finish()
}

async function save(folder: string, name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, `${name}.onnx`)
  await writeFile(path, bytes)
  return path
}
