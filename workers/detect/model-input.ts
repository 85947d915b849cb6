import { FldError } from '../../schemas/errors.js'
import { letterboxToTensor, type PixelTables, resizeToTensor } from '../../src/models/pixel-tensor.js'
import type { Raster } from '../../src/models/raster.js'
import type { ModelSession, Tensors } from '../../src/models/tensor.js'
import type { DetectOptions, InputOptions } from './options.js'
import type { ImageFrame } from './to-observations.js'

/** Names of a detector's inputs. */
export interface InputNames {
  readonly image: string
  /** Takes [width, height] of the original image, as int64; null where the model has no such input. */
  readonly originalSize: string | null
}

/**
 * Finds the inputs by their shapes: [N, 3, size, size] is the image and, for `deim`, [N, 2] the original size. Throws
 * FldError `model_invalid` where the model takes anything else or the options' size is not the model's.
 */
export function resolveInputs({ inputDims }: ModelSession, { decoder, input: { size } }: DetectOptions): InputNames {
  const inputs = Object.entries(inputDims)
  const named = (shape: readonly number[]): string | null =>
    inputs.find(([, dims]) => matches(dims, shape))?.[0] ?? null
  const image = named([1, 3, size, size])
  const originalSize = decoder === 'deim' ? named([1, 2]) : null
  const wanted = decoder === 'deim' ? 2 : 1
  if (image !== null && inputs.length === wanted && (wanted === 1 || originalSize !== null)) {
    return { image, originalSize }
  }
  throw new FldError(
    'model_invalid',
    `decoder ${decoder} wants the input [1, 3, ${size}, ${size}]${wanted === 2 ? ' and the original size [1, 2]' : ''}; ` +
      `this model takes ${inputs.map(([name, dims]) => `${name} [${dims.join(', ')}]`).join(', ')}`,
  )
}

function matches(dims: readonly number[], wanted: readonly number[]): boolean {
  return dims.length === wanted.length && dims.every((size, axis) => size === -1 || size === wanted[axis])
}

/** The input tensors of one image, and how the boxes that come back lie in it. */
export function modelInput(
  raster: Raster,
  names: InputNames,
  { size, resize }: InputOptions,
  tables: PixelTables,
): { inputs: Tensors; frame: ImageFrame } {
  const target = { data: new Float32Array(3 * size * size), width: size, height: size }
  const { width, height } = raster
  let scales = { scaleX: size / width, scaleY: size / height }
  if (resize === 'letterbox') {
    const { scale } = letterboxToTensor(raster, tables, target)
    scales = { scaleX: scale, scaleY: scale }
  } else {
    resizeToTensor(raster, target, tables, target)
  }
  const image = { type: 'float32', data: target.data, dims: [1, 3, size, size] } as const
  if (names.originalSize === null) return { inputs: { [names.image]: image }, frame: { width, height, ...scales } }
  const original = { type: 'int64', data: BigInt64Array.of(BigInt(width), BigInt(height)), dims: [1, 2] } as const
  return {
    inputs: { [names.image]: image, [names.originalSize]: original },
    // The graph scales its boxes to the original image itself.
    frame: { width, height, scaleX: 1, scaleY: 1 },
  }
}
