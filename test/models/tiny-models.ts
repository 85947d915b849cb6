import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeOnnxModel } from '../../src/models/tfjs/onnx-model.js'
import { ProtobufWriter } from '../../src/models/tfjs/protobuf-writer.js'

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
export const elementTypes = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float64: 11 } as const

/** y = x, for tensors [n] of one element type. */
export async function identityModel(folder: string, type: keyof typeof elementTypes): Promise<string> {
  const port = (name: string) => (writer: ProtobufWriter) =>
    writer
      .string(1, name)
      .message(2, (value) =>
        value.message(1, (tensor) =>
          tensor.integer(1, elementTypes[type]).message(2, (shape) => shape.message(1, (dim) => dim.string(2, 'n'))),
        ),
      )
  const bytes = new ProtobufWriter()
    .integer(1, 8)
    .message(7, (graph) =>
      graph
        .message(1, (node) => node.string(1, 'x').string(2, 'y').string(4, 'Identity'))
        .string(2, 'identity')
        .message(11, port('x'))
        .message(12, port('y')),
    )
    .message(8, (opset) => opset.string(1, '').integer(2, 17))
    .finish()
  return save(folder, `identity-${type}`, bytes)
}

async function save(folder: string, name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, `${name}.onnx`)
  await writeFile(path, bytes)
  return path
}
