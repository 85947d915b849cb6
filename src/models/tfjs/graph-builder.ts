import { FldError } from '../../../schemas/errors.js'
import { type Constant, permuteConstant } from './constant.js'
import type { OnnxAttribute, OnnxInitializer, OnnxNode } from './onnx-model.js'

/** Zeros, or another value, that the graph puts around a tensor; `before` and `after` per storage axis. */
export interface Padding {
  readonly before: readonly number[]
  readonly after: readonly number[]
  readonly value: number
}

/**
 * A tensor that is computed when the model runs. The TensorFlow graph and the ONNX graph may keep its axes in different
 * orders: axis i of the TensorFlow tensor is axis `order[i]` of the ONNX tensor. So a transposition in the TensorFlow
 * graph costs nothing (it changes `order`), and a tensor is only moved where an operator needs another order.
 */
export interface Activation {
  readonly kind: 'activation'
  /** Of the ONNX tensor, without `padding`. */
  readonly name: string
  /** Dimensions of the ONNX tensor, without `padding`. */
  readonly shape: readonly number[]
  readonly order: readonly number[]
  /** Padding that no operator has taken up yet: convolutions and pooling have their own. */
  readonly padding: Padding | null
}

export type Value = Constant | Activation

/** The order of an NHWC tensor kept as NCHW: N, H, W, C are axes 0, 2, 3, 1. */
export const channelsFirst: readonly number[] = [0, 2, 3, 1]

export function sameOrder(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((axis, index) => axis === right[index])
}

/** `axis` of the TensorFlow tensor, negative counted from the end, as an axis of the ONNX tensor. */
export function storageAxis(value: Activation, axis: number): number {
  const found = value.order[axis < 0 ? axis + value.order.length : axis]
  if (found === undefined) throw new FldError('model_invalid', `"${value.name}" has no axis ${axis}`)
  return found
}

/** Collects the ONNX graph while the TensorFlow graph is walked. */
export class GraphBuilder {
  nodes: OnnxNode[] = []
  readonly initializers: OnnxInitializer[] = []
  readonly #names = new Set<string>()

  /** Adds a node with one output of the given shape and order; the output is named after `name`, made unique. */
  add(
    name: string,
    operator: string,
    inputs: readonly string[],
    result: { shape: readonly number[]; order: readonly number[]; attributes?: Record<string, OnnxAttribute> },
  ): Activation {
    const output = this.unique(name)
    this.nodes.push({ operator, inputs, outputs: [output], attributes: result.attributes ?? {} })
    return { kind: 'activation', name: output, shape: result.shape, order: result.order, padding: null }
  }

  floats(name: string, dims: readonly number[], data: Float32Array): string {
    return this.#initializer(name, dims, data)
  }

  integers(name: string, values: readonly number[]): string {
    return this.#initializer(name, [values.length], BigInt64Array.from(values, BigInt))
  }

  scalar(name: string, value: number): string {
    return this.#initializer(name, [], Float32Array.of(value))
  }

  /** A constant operand beside an activation, broadcast to its rank and laid out as it is. */
  operand(name: string, constant: Constant, beside: Activation): string {
    const rank = beside.order.length
    const dims = [...Array.from({ length: rank - constant.dims.length }, () => 1), ...constant.dims]
    const storage = beside.order.map((_axis, index) => beside.order.indexOf(index))
    const { dims: stored, data } = permuteConstant({ ...constant, dims }, storage)
    return this.floats(name, stored, Float32Array.from(data))
  }

  /** The activation with its padding as a node of its own. */
  padded(value: Activation): Activation {
    if (value.padding === null) return value
    const { before, after, value: filler } = value.padding
    const shape = value.shape.map((length, axis) => length + (before[axis] ?? 0) + (after[axis] ?? 0))
    const pads = this.integers(`${value.name}/pads`, [...before, ...after])
    const inputs = [value.name, pads, this.scalar(`${value.name}/filler`, filler)]
    return this.add(`${value.name}/padded`, 'Pad', inputs, { shape, order: value.order })
  }

  /** The activation, without padding, kept in the wanted order; moved only when it is not. */
  inOrder(value: Activation, order: readonly number[]): Activation {
    if (sameOrder(value.order, order)) return value
    const perm = order.map((_axis, index) => value.order[order.indexOf(index)] ?? 0)
    const move = (lengths: readonly number[]) => perm.map((axis) => lengths[axis] ?? 0)
    const shape = move(value.shape)
    const moved = this.add(`${value.name}/transposed`, 'Transpose', [value.name], {
      shape,
      order,
      attributes: { perm },
    })
    const { padding } = value
    if (padding === null) return moved
    return { ...moved, padding: { before: move(padding.before), after: move(padding.after), value: padding.value } }
  }

  /** Gives a computed tensor another name, everywhere. */
  rename(from: string, to: string): void {
    const renamed = (names: readonly string[]) => names.map((name) => (name === from ? to : name))
    this.nodes = this.nodes.map((node) => ({
      ...node,
      inputs: renamed(node.inputs),
      outputs: renamed(node.outputs),
    }))
    this.#names.delete(from)
    this.#names.add(to)
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }

  unique(name: string): string {
    let candidate = name
    for (let count = 2; this.#names.has(candidate); count++) candidate = `${name}_${count}`
    this.#names.add(candidate)
    return candidate
  }

  #initializer(name: string, dims: readonly number[], data: Float32Array | BigInt64Array): string {
    const unique = this.unique(name)
    this.initializers.push({ name: unique, dims, data })
    return unique
  }
}
