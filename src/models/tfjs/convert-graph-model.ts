import { FldError } from '../../../schemas/errors.js'
import { type Constant, readWeights } from './constant.js'
import { elementwiseOperators } from './elementwise-operators.js'
import { type Activation, channelsFirst, GraphBuilder, sameOrder, type Value } from './graph-builder.js'
import { bareName, type GraphFile, type GraphNode, readGraphFile } from './graph-file.js'
import { encodeOnnxModel, type OnnxPort } from './onnx-model.js'
import { unsupported } from './operator.js'
import { shapeOperators } from './shape-operators.js'
import { spatialOperators } from './spatial-operators.js'

/** A TensorFlow.js graph model as it lies on disk: `<name>.json` and the files its weights are cut into, in order. */
export interface GraphModelFiles {
  readonly topology: string
  readonly weights: readonly Uint8Array[]
}

const translations = { ...elementwiseOperators, ...shapeOperators, ...spatialOperators }
/** Name of the open first dimension. */
const batch = 'batch'

/**
 * A TensorFlow.js graph model (inference graph, one image input) as an ONNX file for onnxruntime; the same files give
 * the same bytes. What is computed is the same, laid out as ONNX wants it: an NHWC image input [1, H, W, C] becomes
 * [batch, C, H, W], and so does an output that the graph keeps as NHWC at its end; other outputs keep the order of
 * their axes. Names stay the graph's. `outputs` picks some of the graph's tensors; what they do not need is left out.
 * Throws FldError `model_invalid`, naming the node, for an operator that is not translated.
 */
export function convertGraphModel(
  files: GraphModelFiles,
  options: { readonly name: string; readonly outputs?: readonly string[] },
): Uint8Array {
  const graph = readGraphFile(files.topology)
  const builder = new GraphBuilder()
  const input = inputActivation(graph, builder)
  const wanted = (options.outputs ?? graph.outputs).map(bareName)
  const values = translateGraph(graph, { builder, input, weights: readWeights(graph.weights, files.weights), wanted })
  const outputs = wanted.map((name) => nameOutput(name, values.get(name)?.[0], builder))
  return encodeOnnxModel({
    name: options.name,
    inputs: [portOf(input)],
    outputs,
    nodes: builder.nodes,
    initializers: builder.initializers,
  })
}

/** The graph's input; an image that is NHWC there is asked for as NCHW. */
function inputActivation(graph: GraphFile, builder: GraphBuilder): Activation {
  const { name, dims } = graph.input
  const isNhwc = dims.length === 4 && (dims[3] ?? 0) <= 4 && (dims[1] ?? 0) > 4
  const order = isNhwc ? channelsFirst : dims.map((_length, index) => index)
  const shape = order.map((_axis, index) => dims[order.indexOf(index)] ?? 1)
  return { kind: 'activation', name: builder.unique(name), shape, order, padding: null }
}

/** Translates what the wanted outputs need, inputs before those that use them. */
function translateGraph(
  graph: GraphFile,
  parts: {
    builder: GraphBuilder
    input: Activation
    weights: ReadonlyMap<string, Constant>
    wanted: readonly string[]
  },
): Map<string, Value[]> {
  const values = new Map<string, Value[]>()
  const inputsOf = (node: GraphNode) => node.input.filter((name) => !name.startsWith('^')).map(splitTensorName)
  // A stack instead of recursion: graphs are thousands of nodes deep.
  const pending = [...parts.wanted].reverse()
  const begun = new Set<string>()
  while (pending.length > 0) {
    const name = pending[pending.length - 1] ?? ''
    const node = nodeOf(graph, name)
    const missing = values.has(name) ? [] : inputsOf(node).filter((tensor) => !values.has(tensor.node))
    if (missing.length > 0) {
      if (begun.has(name)) throw unsupported(node, 'it depends on itself')
      begun.add(name)
      pending.push(...missing.map((tensor) => tensor.node).reverse())
      continue
    }
    pending.pop()
    if (values.has(name)) continue
    const inputs = inputsOf(node).map((tensor) => {
      const value = values.get(tensor.node)?.[tensor.output]
      if (value === undefined) throw unsupported(node, `input "${tensor.node}:${tensor.output}" is not there`)
      return value
    })
    values.set(name, translateNode(node, inputs, parts))
  }
  return values
}

function translateNode(
  node: GraphNode,
  inputs: readonly Value[],
  { builder, input, weights }: { builder: GraphBuilder; input: Activation; weights: ReadonlyMap<string, Constant> },
): Value[] {
  if (node.op === 'Placeholder' && node.name === input.name) return [input]
  const constant = node.op === 'Const' ? weights.get(node.name) : undefined
  if (constant !== undefined) return [constant]
  const translate = translations[node.op]
  if (translate === undefined) {
    const known = Object.keys(translations).sort().join(', ')
    throw unsupported(node, `the operator is not translated (translated are ${known})`)
  }
  return translate({ node, inputs, builder })
}

/** Ends the graph with a tensor of the output's own name, laid out as documented. */
function nameOutput(name: string, value: Value | undefined, builder: GraphBuilder): OnnxPort {
  if (value?.kind !== 'activation') {
    throw new FldError('model_invalid', `the graph computes no output "${name}"`, { details: { output: name } })
  }
  const padded = builder.padded(value)
  const plain = padded.order.map((_axis, index) => index)
  const laidOut = sameOrder(padded.order, channelsFirst) ? padded : builder.inOrder(padded, plain)
  if (laidOut.name === name) return portOf(laidOut)
  // What had the name is the same tensor with its axes in another order.
  if (builder.has(name)) builder.rename(name, builder.unique(`${name}/inner`))
  if (laidOut !== padded) {
    builder.rename(laidOut.name, name)
    return portOf({ ...laidOut, name })
  }
  const { shape, order } = laidOut
  return portOf(builder.add(name, 'Identity', [laidOut.name], { shape, order }))
}

function portOf({ name, shape }: Activation): OnnxPort {
  return { name, dims: [batch, ...shape.slice(1)] }
}

function nodeOf(graph: GraphFile, name: string): GraphNode {
  const node = graph.nodes.get(name)
  if (node !== undefined) return node
  throw new FldError('model_invalid', `the graph has no node "${name}"`, { details: { node: name } })
}

/** `node:2` is the third output of `node`. */
function splitTensorName(tensor: string): { node: string; output: number } {
  const [, node, output] = /^(.*):(\d+)$/.exec(tensor) ?? []
  return node === undefined ? { node: tensor, output: 0 } : { node, output: Number(output) }
}
