import { type Constant, numbersOf } from './constant.js'
import { type Activation, sameOrder } from './graph-builder.js'
import type { OnnxAttribute } from './onnx-model.js'
import { activationInput, type Operation, type OperatorTranslation, unsupported } from './operator.js'

/** Operators that work number by number: they leave the order of the axes as it is. */
export const elementwiseOperators: Readonly<Record<string, OperatorTranslation>> = {
  Relu: (operation) => [unary(operation, 'Relu')],
  Relu6: (operation) => [clip(operation, 0, 6)],
  Sigmoid: (operation) => [unary(operation, 'Sigmoid')],
  LeakyRelu: (operation) => [unary(operation, 'LeakyRelu', { alpha: { float: operation.node.attr.alpha?.f ?? 0.2 } })],
  Identity: ({ inputs }) => inputs.slice(0, 1),
  Add: (operation) => [binary(operation, 'Add')],
  AddV2: (operation) => [binary(operation, 'Add')],
  Mul: (operation) => [binary(operation, 'Mul')],
}

function unary(operation: Operation, operator: string, attributes: Record<string, OnnxAttribute> = {}): Activation {
  const input = activationInput(operation, 0)
  const { shape, order } = input
  return operation.builder.add(operation.node.name, operator, [input.name], { shape, order, attributes })
}

function clip(operation: Operation, min: number, max: number): Activation {
  const { node, builder } = operation
  const { name, shape, order } = activationInput(operation, 0)
  const inputs = [name, builder.scalar(`${node.name}/min`, min), builder.scalar(`${node.name}/max`, max)]
  return builder.add(node.name, 'Clip', inputs, { shape, order })
}

function binary(operation: Operation, operator: 'Add' | 'Mul'): Constant | Activation {
  const { node, builder, inputs } = operation
  const [left, right] = inputs
  if (left?.kind === 'constant' && right?.kind === 'constant') return foldSum(operation, left, right)
  const first = activationInput(operation, left?.kind === 'activation' ? 0 : 1)
  if (left?.kind === 'constant' || right?.kind === 'constant') {
    const constant = left?.kind === 'constant' ? left : right
    if (constant?.kind !== 'constant' || constant.dims.length > first.order.length) throw unsupported(node, 'ranks')
    const operand = builder.operand(`${node.name}/operand`, constant, first)
    const dims = first.order.map((axis) => first.shape[axis] ?? 1)
    const shape = broadcast(operation, dims, constant.dims)
    return builder.add(node.name, operator, [first.name, operand], {
      shape: store(shape, first.order),
      order: first.order,
    })
  }
  const second = builder.inOrder(activationInput(operation, 1), first.order)
  if (!sameOrder(first.order, second.order)) throw unsupported(node, 'operands of different rank')
  const shape = broadcast(operation, first.shape, second.shape)
  return builder.add(node.name, operator, [first.name, second.name], { shape, order: first.order })
}

/** Constants are only ever added to work out shapes: integers of the same or no shape. */
function foldSum({ node }: Operation, left: Constant, right: Constant): Constant {
  const [long, short] = left.data.length >= right.data.length ? [left, right] : [right, left]
  const addends = numbersOf(short)
  const fits = addends.length === 1 || addends.length === long.data.length
  if (node.op === 'Mul' || !(long.data instanceof Int32Array) || !fits) throw unsupported(node, 'two constants')
  const data = long.data.map((value, index) => value + (addends[addends.length === 1 ? 0 : index] ?? 0))
  return { kind: 'constant', dims: long.dims, data }
}

function broadcast({ node }: Operation, left: readonly number[], right: readonly number[]): number[] {
  const offset = left.length - right.length
  return left.map((length, axis) => {
    const other = axis < offset ? 1 : (right[axis - offset] ?? 1)
    if (length !== other && length !== 1 && other !== 1) throw unsupported(node, `shapes [${left}] and [${right}]`)
    return Math.max(length, other)
  })
}

/** Dimensions in the TensorFlow order as the ONNX tensor keeps them. */
function store(dims: readonly number[], order: readonly number[]): number[] {
  return order.map((_axis, index) => dims[order.indexOf(index)] ?? 1)
}
