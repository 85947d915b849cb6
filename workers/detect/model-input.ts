import { FldError } from '../../schemas/errors.js'
import { letterboxToTensor, pixelTables, resizeToTensor } from '../../src/models/pixels/pixel-tensor.js'
import type { PixelTables } from '../../src/models/pixels/plane-writer.js'
import type { Raster } from '../../src/models/pixels/raster.js'
import type { ModelSession, Tensor } from '../../src/models/sessions/tensor.js'
import { type DetectorInput, describeInputs, hasOpenBatch, type RunInputs } from './detector-input.js'
import type { InputOptions, SquareOptions } from './options.js'
import type { ImageFrame } from './to-observations.js'

/** Names of a detector's inputs. */
export interface InputNames {
  readonly image: string
  /** Takes [width, height] of each original image, as int64; null where the model has no such input. */
  readonly originalSize: string | null
}

/** The square input that the options describe. Throws as `resolveInputs`. */
export function squareInput(session: ModelSession, options: SquareOptions): DetectorInput {
  const names = resolveInputs(session, options)
  const tables = pixelTables(options.input)
  const { size } = options.input
  return {
    openBatch: hasOpenBatch(session.inputDims),
    tensorSize: () => ({ width: size, height: size }),
    tensors: (rasters) => modelInput(rasters, names, options.input, tables),
  }
}

/**
 * Finds the inputs by their shapes: [N, 3, size, size] is the image and, for `deim`, [N, 2] the original size. Throws
 * FldError `model_invalid` where the model takes anything else or the options' size is not the model's.
 */
export function resolveInputs({ inputDims }: ModelSession, { decoder, input: { size } }: SquareOptions): InputNames {
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
      `this model takes ${describeInputs(inputDims)}`,
  )
}

function matches(dims: readonly number[], wanted: readonly number[]): boolean {
  return dims.length === wanted.length && dims.every((size, axis) => size === -1 || size === wanted[axis])
}

/** The input tensors of some images, and how the boxes that come back lie in each. */
export function modelInput(
  rasters: readonly Raster[],
  names: InputNames,
  input: InputOptions,
  tables: PixelTables,
): RunInputs {
  const { size } = input
  const data = new Float32Array(rasters.length * 3 * size * size)
  const frames = rasters.map((raster, index) => writeImage(raster, input, tables, { data, index }))
  const image = { type: 'float32', data, dims: [rasters.length, 3, size, size] } as const
  if (names.originalSize === null) return { inputs: { [names.image]: image }, frames }
  return {
    inputs: { [names.image]: image, [names.originalSize]: originalSizes(rasters) },
    // The graph scales its boxes to the original image itself.
    frames: rasters.map(({ width, height }) => ({ width, height, scaleX: 1, scaleY: 1 })),
  }
}

function writeImage(
  raster: Raster,
  { size, resize }: InputOptions,
  tables: PixelTables,
  place: { readonly data: Float32Array; readonly index: number },
): ImageFrame {
  const target = { ...place, width: size, height: size }
  const { width, height } = raster
  if (resize === 'letterbox') {
    const { scale } = letterboxToTensor(raster, tables, target)
    return { width, height, scaleX: scale, scaleY: scale }
  }
  resizeToTensor(raster, target, tables, target)
  return { width, height, scaleX: size / width, scaleY: size / height }
}

function originalSizes(rasters: readonly Raster[]): Tensor {
  const sizes = rasters.flatMap(({ width, height }) => [BigInt(width), BigInt(height)])
  return { type: 'int64', data: BigInt64Array.from(sizes), dims: [rasters.length, 2] }
}
