import { numbersOf } from './constant.js'
import { type Activation, storageAxis, type Value } from './graph-builder.js'
import { activationInput, constantInput, type Operation, type OperatorTranslation, unsupported } from './operator.js'

/** Operators that move numbers and compute none. */
export const shapeOperators: Readonly<Record<string, OperatorTranslation>> = {
  Transpose: (operation) => [transpose(operation)],
  Reshape: (operation) => [reshape(operation)],
  ConcatV2: (operation) => [concatenate(operation)],
  SplitV: (operation) => split(operation),
  Pad: (operation) => [pad(operation, 0)],
  PadV2: (operation) => [pad(operation, numbersOf(constantInput(operation, 2))[0] ?? 0)],
  SparseToDense: (operation) => [sparseToDense(operation)],
}

/** No node: from here on the graph counts the axes in another order. */
function transpose(operation: Operation): Activation {
  const input = activationInput(operation, 0, 'keep')
  const order = numbersOf(constantInput(operation, 1)).map((axis) => storageAxis(input, axis))
  return { ...input, order }
}

function reshape(operation: Operation): Activation {
  const { node, builder } = operation
  const value = activationInput(operation, 0)
  const plain = value.order.map((_axis, index) => index)
  const input = builder.inOrder(value, plain)
  const wanted = numbersOf(constantInput(operation, 1))
  const count = product(input.shape)
  const known = product(wanted.filter((length) => length !== -1))
  const shape = wanted.map((length) => (length === -1 ? count / known : length))
  if (product(shape) !== count) throw unsupported(node, `[${input.shape}] cannot become [${wanted}]`)
  if (shape[0] !== input.shape[0]) throw unsupported(node, 'the batch axis does not stay')
  // 0 keeps a dimension: the batch stays open.
  const target = builder.integers(`${node.name}/shape`, [0, ...shape.slice(1)])
  return builder.add(node.name, 'Reshape', [input.name, target], { shape, order: shape.map((_length, index) => index) })
}

function concatenate(operation: Operation): Activation {
  const { node, builder, inputs } = operation
  const count = inputs.length - 1
  const first = activationInput(operation, 0)
  const parts = Array.from({ length: count }, (_part, index) =>
    index === 0 ? first : builder.inOrder(activationInput(operation, index), first.order),
  )
  const axis = storageAxis(first, numbersOf(constantInput(operation, count))[0] ?? 0)
  const total = parts.reduce((sum, part) => sum + (part.shape[axis] ?? 0), 0)
  const shape = first.shape.map((length, index) => (index === axis ? total : length))
  const names = parts.map((part) => part.name)
  return builder.add(node.name, 'Concat', names, { shape, order: first.order, attributes: { axis } })
}

function split(operation: Operation): Value[] {
  const { node, builder } = operation
  const input = activationInput(operation, 0)
  const sizes = numbersOf(constantInput(operation, 1))
  const axis = storageAxis(input, numbersOf(constantInput(operation, 2))[0] ?? 0)
  const outputs = sizes.map((_size, index) => builder.unique(index === 0 ? node.name : `${node.name}:${index}`))
  const inputs = [input.name, builder.integers(`${node.name}/sizes`, sizes)]
  builder.nodes.push({ operator: 'Split', inputs, outputs, attributes: { axis } })
  return outputs.map((name, output): Activation => {
    const shape = input.shape.map((length, index) => (index === axis ? (sizes[output] ?? 0) : length))
    return { kind: 'activation', name, shape, order: input.order, padding: null }
  })
}

/** Kept beside the tensor until an operator takes it up or it has to become a node. */
function pad(operation: Operation, value: number): Activation {
  const input = activationInput(operation, 0)
  const amounts = numbersOf(constantInput(operation, 1))
  const before = input.shape.map(() => 0)
  const after = input.shape.map(() => 0)
  for (let axis = 0; axis < input.order.length; axis++) {
    const stored = storageAxis(input, axis)
    before[stored] = amounts[2 * axis] ?? 0
    after[stored] = amounts[2 * axis + 1] ?? 0
  }
  const nothing = amounts.every((amount) => amount === 0)
  return nothing ? input : { ...input, padding: { before, after, value } }
}

/** Only of constants, in the arithmetic of shapes. */
function sparseToDense(operation: Operation): Value {
  const [indices, dims, values, otherwise] = [0, 1, 2, 3].map((index) => numbersOf(constantInput(operation, index)))
  const [length = 0] = dims ?? []
  if (dims?.length !== 1) throw unsupported(operation.node, 'more than one axis')
  const data = new Int32Array(length).fill(otherwise?.[0] ?? 0)
  for (const [position, index] of (indices ?? []).entries()) data[index] = values?.[position] ?? values?.[0] ?? 0
  return { kind: 'constant', dims: [length], data }
}

function product(lengths: readonly number[]): number {
  return lengths.reduce((total, length) => total * length, 1)
}
