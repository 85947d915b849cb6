import type { Raster } from '../../src/models/pixels/raster.js'
import type { PixelSize } from '../../src/models/pixels/resize.js'
import type { Tensors } from '../../src/models/sessions/tensor.js'
import type { ImageFrame } from './to-observations.js'

/** The tensors of one run, and how the boxes that come back lie in each of its images. */
export interface RunInputs {
  readonly inputs: Tensors
  readonly frames: readonly ImageFrame[]
}

/** How images become the input of a detector. */
export interface DetectorInput {
  /** Whether one run takes several images: the graph leaves the first dimension of every input open. */
  readonly openBatch: boolean
  /** Images of one run have one tensor size, so that none is padded for another. */
  tensorSize(image: PixelSize): PixelSize
  tensors(rasters: readonly Raster[]): RunInputs
}

/** Whether every input leaves its first dimension open. */
export function hasOpenBatch(inputDims: Readonly<Record<string, readonly number[]>>): boolean {
  return Object.values(inputDims).every(([images]) => images === -1)
}

/** Inputs and their shapes, as an error names them. */
export function describeInputs(inputDims: Readonly<Record<string, readonly number[]>>): string {
  return Object.entries(inputDims)
    .map(([name, dims]) => `${name} [${dims.join(', ')}]`)
    .join(', ')
}
