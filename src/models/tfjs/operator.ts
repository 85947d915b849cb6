import { FldError } from '../../../schemas/errors.js'
import type { Constant } from './constant.js'
import type { Activation, GraphBuilder, Value } from './graph-builder.js'
import type { GraphNode } from './graph-file.js'

/** One node of the TensorFlow graph with its inputs, on its way into the ONNX graph. */
export interface Operation {
  readonly node: GraphNode
  readonly inputs: readonly Value[]
  readonly builder: GraphBuilder
}

/** Translates a node: one value per output. */
export type OperatorTranslation = (operation: Operation) => Value[]

/** The n-th input, which must be computed when the model runs; with its padding put on unless the caller takes it up. */
export function activationInput(operation: Operation, index: number, padding: 'apply' | 'keep' = 'apply'): Activation {
  const value = operation.inputs[index]
  if (value?.kind !== 'activation') throw unsupported(operation.node, `input ${index} is constant`)
  return padding === 'apply' ? operation.builder.padded(value) : value
}

/** The n-th input, which must be known when the model is converted. */
export function constantInput(operation: Operation, index: number): Constant {
  const value = operation.inputs[index]
  if (value?.kind !== 'constant') throw unsupported(operation.node, `input ${index} is not constant`)
  return value
}

export function unsupported(node: GraphNode, what: string): FldError {
  return new FldError('model_invalid', `cannot convert ${node.op} "${node.name}": ${what}`, {
    details: { operator: node.op, node: node.name },
  })
}
