import { ProtobufWriter } from './protobuf-writer.js'

/** The ONNX operator set that the converter writes. */
const onnxOpset = 17
const irVersion = 8

export type OnnxAttribute = number | { readonly float: number } | string | readonly number[]

export interface OnnxNode {
  readonly operator: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, OnnxAttribute>>
}

export interface OnnxInitializer {
  readonly name: string
  readonly dims: readonly number[]
  readonly data: Float32Array | BigInt64Array
}

/** A float32 input or output; a dimension is a length or the name of an open one. */
export interface OnnxPort {
  readonly name: string
  readonly dims: ReadonlyArray<number | string>
}

/** An ONNX graph: as much of onnx.proto (onnx/onnx, onnx/onnx.proto3) as converted models use. */
export interface OnnxGraph {
  readonly name: string
  readonly inputs: readonly OnnxPort[]
  readonly outputs: readonly OnnxPort[]
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxInitializer[]
}

const elementFloat = 1
const elementInt64 = 7
const attributeType = { float: 1, integer: 2, string: 3, integers: 7 } as const

/** The graph as the bytes of an ONNX file; the same graph gives the same bytes. */
export function encodeOnnxModel(graph: OnnxGraph): Uint8Array {
  return new ProtobufWriter()
    .integer(1, irVersion)
    .string(2, 'fld')
    .message(7, (writer) => writeGraph(writer, graph))
    .message(8, (writer) => writer.string(1, '').integer(2, onnxOpset))
    .finish()
}

function writeGraph(writer: ProtobufWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) writer.message(1, (nested) => writeNode(nested, node))
  writer.string(2, graph.name)
  for (const tensor of graph.initializers) writer.message(5, (nested) => writeTensor(nested, tensor))
  for (const port of graph.inputs) writer.message(11, (nested) => writePort(nested, port))
  for (const port of graph.outputs) writer.message(12, (nested) => writePort(nested, port))
}

function writeNode(writer: ProtobufWriter, node: OnnxNode): void {
  for (const input of node.inputs) writer.string(1, input)
  for (const output of node.outputs) writer.string(2, output)
  writer.string(3, node.outputs[0] ?? '').string(4, node.operator)
  for (const [name, value] of Object.entries(node.attributes)) {
    writer.message(5, (nested) => writeAttribute(nested.string(1, name), value))
  }
}

function writeAttribute(writer: ProtobufWriter, value: OnnxAttribute): void {
  if (typeof value === 'number') writer.integer(3, value).integer(20, attributeType.integer)
  else if (typeof value === 'string') writer.string(4, value).integer(20, attributeType.string)
  else if ('float' in value) writer.float(2, value.float).integer(20, attributeType.float)
  else {
    for (const item of value) writer.integer(8, item)
    writer.integer(20, attributeType.integers)
  }
}

function writeTensor(writer: ProtobufWriter, { name, dims, data }: OnnxInitializer): void {
  for (const dim of dims) writer.integer(1, dim)
  writer.integer(2, data instanceof Float32Array ? elementFloat : elementInt64)
  writer.string(8, name)
  // raw_data is little-endian, as every platform that Node.js runs on is.
  writer.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}

function writePort(writer: ProtobufWriter, port: OnnxPort): void {
  const writeShape = (shape: ProtobufWriter) => {
    for (const dim of port.dims) {
      shape.message(1, (nested) => (typeof dim === 'number' ? nested.integer(1, dim) : nested.string(2, dim)))
    }
  }
  writer.string(1, port.name)
  writer.message(2, (type) => type.message(1, (tensor) => tensor.integer(1, elementFloat).message(2, writeShape)))
}
