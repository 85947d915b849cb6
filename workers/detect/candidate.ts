import { FldError } from '../../schemas/errors.js'
import type { Tensor, Tensors } from '../../src/models/sessions/tensor.js'

/** A detection before NMS: class index, score 0-1, box xyxy. */
export interface Candidate {
  readonly label: number
  readonly score: number
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
}

/** What a decoder knows beside the outputs and its options. */
export interface DecodeContext {
  /** Classes of the vocabulary. */
  readonly classes: number
  /** Whether the model may have more: its last ones then have no name. */
  readonly unnamedClasses?: boolean
}

/** A float output and its shape. */
export interface FloatOutput {
  readonly name: string
  readonly data: Float32Array
  readonly dims: readonly number[]
}

/** The float outputs of a model, in its order. */
function floatOutputs(outputs: Tensors): FloatOutput[] {
  return Object.entries(outputs).flatMap(([name, tensor]) =>
    tensor.type === 'float32' ? [{ name, data: tensor.data, dims: tensor.dims }] : [],
  )
}

/**
 * The one output of this shape (-1 stands for any size): models of a family differ in their names, not their shapes.
 * Throws FldError `model_invalid` that lists what the model gives.
 */
export function outputOfShape(outputs: Tensors, shape: readonly number[], what: string): FloatOutput {
  const fitting = floatOutputs(outputs).filter(({ dims }) => fits(dims, shape))
  const [only] = fitting
  if (only !== undefined && fitting.length === 1) return only
  throw new FldError(
    'model_invalid',
    `${fitting.length} outputs could be the ${what} of shape ${shapeText(shape)}; the model gives ${describeOutputs(outputs)}`,
  )
}

function fits(dims: readonly number[], shape: readonly number[]): boolean {
  return dims.length === shape.length && shape.every((size, axis) => size === -1 || size === dims[axis])
}

function describeOutputs(outputs: Tensors): string {
  const all: readonly (readonly [string, Tensor])[] = Object.entries(outputs)
  return all.map(([name, { type, dims }]) => `${name} ${type}${shapeText(dims)}`).join(', ')
}

function shapeText(shape: readonly number[]): string {
  return `[${shape.map((size) => (size === -1 ? '?' : size)).join(', ')}]`
}

/** The class with the highest of `classes` values that begin at `start`, `step` apart; the first of equals. */
export function bestClass(data: Float32Array, start: number, step: number, classes: number): number {
  let best = 0
  let highest = data[start] ?? Number.NEGATIVE_INFINITY
  for (let label = 1, at = start + step; label < classes; label++, at += step) {
    const value = data[at] ?? Number.NEGATIVE_INFINITY
    if (value > highest) [best, highest] = [label, value]
  }
  return best
}
