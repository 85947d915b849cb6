import { fromFloat16, toFloat16 } from '../../../src/models/sessions/float16.js'
import type { GraphTensor, GraphTensors } from '../../../src/models/sessions/program.js'

type Numbers = Float32Array | Uint16Array | BigInt64Array

/** The numbers of a tensor: 16-bit patterns for float16, whatever array the language has for it. */
export function numbersOf({ data }: GraphTensor): Numbers {
  if (data instanceof Float32Array || data instanceof Uint16Array || data instanceof BigInt64Array) return data
  return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
}

/** As a graph wants it: float16 for float32 or the other way round, or the tensor itself. */
export function asType(tensor: GraphTensor, type: string | undefined): GraphTensor {
  if (type === undefined || tensor.type === type) return tensor
  const numbers = numbersOf(tensor)
  if (type === 'float16' && numbers instanceof Float32Array) return { ...tensor, type, data: toFloat16(numbers) }
  if (type === 'float32') return { ...tensor, type, data: floatsOf(tensor) }
  return tensor
}

export function floatsOf(tensor: GraphTensor): Float32Array {
  const numbers = numbersOf(tensor)
  if (numbers instanceof Float32Array) return numbers
  return numbers instanceof Uint16Array ? fromFloat16(numbers) : Float32Array.from(numbers, Number)
}

/**
 * Rows of a tensor [rows, ...] in another order, with repetitions or without some. Where no row is added it is done in
 * place, and rows that stay where they are are not touched: the tensor given must not be used any more.
 */
export function takeRows(tensor: GraphTensor, order: readonly number[]): GraphTensor {
  const [rows = 0, ...rest] = tensor.dims
  const unchanged = order.length === rows && order.every((source, target) => source === target)
  if (unchanged) return tensor
  const numbers = numbersOf(tensor)
  const size = rows === 0 ? 0 : numbers.length / rows
  const data = order.length > rows ? spread(numbers, order, size) : rearranged(numbers, order, size)
  return { type: tensor.type, data, dims: [order.length, ...rest] }
}

function spread(numbers: Numbers, order: readonly number[], size: number): Numbers {
  const data = emptyLike(numbers, order.length * size)
  order.forEach((source, target) => {
    copyRow(data, target * size, numbers.subarray(source * size, (source + 1) * size))
  })
  return data
}

function rearranged(numbers: Numbers, order: readonly number[], size: number): Numbers {
  // A row that is overwritten before it has been read everywhere is put aside first.
  const aside = new Map<number, Numbers>()
  order.forEach((source, target) => {
    if (source !== target && source < order.length && order[source] !== source && !aside.has(source)) {
      aside.set(source, numbers.slice(source * size, (source + 1) * size))
    }
  })
  order.forEach((source, target) => {
    if (source === target) return
    copyRow(numbers, target * size, aside.get(source) ?? numbers.subarray(source * size, (source + 1) * size))
  })
  return numbers.subarray(0, order.length * size)
}

/** Rows of several tensors, one after another. */
export function joinRows(tensors: readonly GraphTensor[]): GraphTensor {
  const [first] = tensors
  if (first === undefined || tensors.length === 1)
    return first ?? { type: 'float32', data: new Float32Array(), dims: [0] }
  const parts = tensors.map(numbersOf)
  const data = emptyLike(
    numbersOf(first),
    parts.reduce((sum, part) => sum + part.length, 0),
  )
  let start = 0
  for (const part of parts) {
    copyRow(data, start, part)
    start += part.length
  }
  const rows = tensors.reduce((sum, { dims: [count = 0] }) => sum + count, 0)
  return { type: first.type, data, dims: [rows, ...first.dims.slice(1)] }
}

function emptyLike(numbers: Numbers, length: number): Numbers {
  if (numbers instanceof Float32Array) return new Float32Array(length)
  return numbers instanceof Uint16Array ? new Uint16Array(length) : new BigInt64Array(length)
}

function copyRow(target: Numbers, start: number, row: Numbers): void {
  if (target instanceof BigInt64Array) {
    if (row instanceof BigInt64Array) target.set(row, start)
  } else if (!(row instanceof BigInt64Array)) target.set(row, start)
}

/** Every tensor through `change`, under its name. */
export function eachTensor(
  tensors: GraphTensors,
  change: (tensor: GraphTensor, name: string) => GraphTensor,
): GraphTensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, change(tensor, name)]))
}
