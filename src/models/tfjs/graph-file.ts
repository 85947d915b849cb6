import { z } from 'zod'
import { FldError } from '../../../schemas/errors.js'

const attributeSchema = z.object({
  s: z.string().optional(),
  i: z.union([z.string(), z.number()]).optional(),
  f: z.number().optional(),
  b: z.boolean().optional(),
  list: z
    .object({
      s: z.array(z.string()).optional(),
      i: z.array(z.union([z.string(), z.number()])).optional(),
    })
    .optional(),
})

const nodeSchema = z.object({
  name: z.string(),
  op: z.string(),
  input: z.array(z.string()).default([]),
  attr: z.record(z.string(), attributeSchema).default({}),
})
export type GraphNode = z.infer<typeof nodeSchema>

const weightSchema = z.object({
  name: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  dtype: z.string(),
  quantization: z.object({ dtype: z.string() }).optional(),
})
export type WeightSpec = z.infer<typeof weightSchema>

const portSchema = z.object({
  name: z.string(),
  tensorShape: z.object({ dim: z.array(z.object({ size: z.union([z.string(), z.number()]) })) }),
})

const graphFileSchema = z.object({
  format: z.literal('graph-model'),
  signature: z.object({ inputs: z.record(z.string(), portSchema), outputs: z.record(z.string(), portSchema) }),
  modelTopology: z.object({ node: z.array(nodeSchema) }),
  weightsManifest: z.array(z.object({ weights: z.array(weightSchema) })),
})

/** A TensorFlow.js graph model's topology: `<name>.json`. */
export interface GraphFile {
  readonly nodes: ReadonlyMap<string, GraphNode>
  /** In the order of the weights file(s). */
  readonly weights: readonly WeightSpec[]
  /** The one float input. */
  readonly input: { readonly name: string; readonly dims: readonly number[] }
  /** Names of the graph's outputs, in the order of the file. */
  readonly outputs: readonly string[]
}

/** Reads a topology. Throws FldError `model_invalid` for what is no graph model with one input of a fixed shape. */
export function readGraphFile(text: string): GraphFile {
  const parsed = graphFileSchema.safeParse(parseJson(text))
  if (!parsed.success) {
    throw new FldError('model_invalid', `this is no TensorFlow.js graph model: ${z.prettifyError(parsed.error)}`)
  }
  const { signature, modelTopology, weightsManifest } = parsed.data
  const inputs = Object.values(signature.inputs)
  const [input] = inputs
  if (input === undefined || inputs.length > 1) {
    throw new FldError('model_invalid', `the graph model has ${inputs.length} inputs; models with one are converted`)
  }
  return {
    nodes: new Map(modelTopology.node.map((node) => [node.name, node])),
    weights: weightsManifest.flatMap((group) => group.weights),
    input: { name: bareName(input.name), dims: input.tensorShape.dim.map((dim) => Number(dim.size)) },
    outputs: Object.values(signature.outputs).map((output) => bareName(output.name)),
  }
}

/** `scope/node:0` is the first output of `scope/node`, which is also written without the number. */
export function bareName(tensor: string): string {
  return tensor.replace(/:0$/, '')
}

/** An attribute that is a list of integers: strides, kernel size. */
export function integersOf(node: GraphNode, attribute: string): number[] {
  return (node.attr[attribute]?.list?.i ?? []).map(Number)
}

/** An attribute that is text; TensorFlow.js keeps it as base64. */
export function textOf(node: GraphNode, attribute: string): string {
  return decodeText(node.attr[attribute]?.s ?? '')
}

/** An attribute that is a list of texts: fused operations. */
export function textsOf(node: GraphNode, attribute: string): string[] {
  return (node.attr[attribute]?.list?.s ?? []).map(decodeText)
}

function decodeText(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new FldError('model_invalid', 'the graph model topology is no JSON', { cause })
  }
}
