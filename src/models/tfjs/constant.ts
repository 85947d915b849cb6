import { FldError } from '../../../schemas/errors.js'
import type { WeightSpec } from './graph-file.js'

/** A tensor that is known when the model is converted; row-major, axes as in the TensorFlow graph. */
export interface Constant {
  readonly kind: 'constant'
  readonly dims: readonly number[]
  readonly data: Float32Array | Int32Array
}

/** The constants of a weights file, by name: float32, float16 read as float32, or int32. Throws FldError `model_invalid`. */
export function readWeights(specs: readonly WeightSpec[], files: readonly Uint8Array[]): Map<string, Constant> {
  const bytes = Buffer.concat(files)
  const constants = new Map<string, Constant>()
  let offset = 0
  for (const spec of specs) {
    const count = spec.shape.reduce((product, dim) => product * dim, 1)
    const stored = spec.quantization?.dtype ?? spec.dtype
    const end = offset + count * elementBytes(stored, spec)
    if (end > bytes.byteLength) {
      throw new FldError('model_invalid', `the weights end before "${spec.name}": ${bytes.byteLength} of ${end} bytes`)
    }
    // A copy, because typed arrays need an aligned start.
    const data = decode(stored, Uint8Array.from(bytes.subarray(offset, end)))
    constants.set(spec.name, { kind: 'constant', dims: spec.shape, data })
    offset = end
  }
  if (offset !== bytes.byteLength) {
    throw new FldError('model_invalid', `the weights file has ${bytes.byteLength} bytes, the topology names ${offset}`)
  }
  return constants
}

/** The numbers of a small constant: axes, shapes, paddings. */
export function numbersOf(constant: Constant): number[] {
  return Array.from(constant.data)
}

/** The constant with its axes in another order: axis i of the result is axis `order[i]` of the constant. */
export function permuteConstant(constant: Constant, order: readonly number[]): Constant {
  const strides = stridesOf(constant.dims)
  const dims = order.map((axis) => constant.dims[axis] ?? 1)
  const data = new Float32Array(constant.data.length)
  const index = dims.map(() => 0)
  for (let target = 0; target < data.length; target++) {
    let source = 0
    for (let axis = 0; axis < dims.length; axis++) source += (index[axis] ?? 0) * (strides[order[axis] ?? 0] ?? 0)
    data[target] = constant.data[source] ?? 0
    advance(index, dims)
  }
  return { kind: 'constant', dims, data }
}

function stridesOf(dims: readonly number[]): number[] {
  const strides = dims.map(() => 1)
  for (let axis = dims.length - 2; axis >= 0; axis--) strides[axis] = (strides[axis + 1] ?? 1) * (dims[axis + 1] ?? 1)
  return strides
}

/** Counts the index up by one, last axis first. */
function advance(index: number[], dims: readonly number[]): void {
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    const next = (index[axis] ?? 0) + 1
    index[axis] = next < (dims[axis] ?? 1) ? next : 0
    if (index[axis] !== 0) return
  }
}

function elementBytes(stored: string, spec: WeightSpec): number {
  if (stored === 'float16' && spec.dtype === 'float32') return 2
  if (stored === spec.dtype && (stored === 'float32' || stored === 'int32')) return 4
  throw new FldError('model_invalid', `weight "${spec.name}" is ${spec.dtype} stored as ${stored}: not converted`)
}

function decode(stored: string, bytes: Uint8Array): Float32Array | Int32Array {
  if (stored === 'int32') return new Int32Array(bytes.buffer)
  if (stored === 'float32') return new Float32Array(bytes.buffer)
  return Float32Array.from(new Uint16Array(bytes.buffer), halfToFloat)
}

/** IEEE 754 binary16. */
function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
