import { FldError } from '../../schemas/errors.js'
import type { ProcessedFrame } from '../../src/models/pixels/image-processor.js'
import { pixelTables } from '../../src/models/pixels/pixel-tensor.js'
import type { Raster } from '../../src/models/pixels/raster.js'
import { resampleRows } from '../../src/models/pixels/resample.js'
import { fitInside, type PixelSize } from '../../src/models/pixels/resize.js'
import type { ModelSession, Tensors } from '../../src/models/sessions/tensor.js'
import type { SemanticOptions } from './options.js'

/** How images become the input of a semantic segmenter. */
export interface SemanticInput {
  /** Of one image, and how it lies in the input. */
  tensors(raster: Raster): { readonly inputs: Tensors; readonly frame: ProcessedFrame }
}

/**
 * The square input that the options describe, for the model's only input. Throws FldError `model_invalid` where the model
 * takes anything else.
 */
export function semanticInput({ inputDims }: ModelSession, options: SemanticOptions['input']): SemanticInput {
  const { size, layout } = options
  const dims = layout === 'nhwc' ? [1, size, size, 3] : [1, 3, size, size]
  const [[name, declared] = ['', []], ...more] = Object.entries(inputDims)
  if (more.length > 0 || declared.length !== 4 || !declared.every((side, axis) => side === -1 || side === dims[axis])) {
    const given = Object.entries(inputDims).map(([input, sides]) => `${input} [${sides.join(', ')}]`)
    throw new FldError(
      'model_invalid',
      `a semantic segmenter takes one image [${dims.join(', ')}]; this model takes ${given.join(', ')}`,
    )
  }
  const { planes } = pixelTables({ order: 'RGB', mean: options.mean, std: options.std })
  const strides = layout === 'nhwc' ? { plane: 1, pixel: 3 } : { plane: size * size, pixel: 1 }
  return {
    tensors: (raster) => {
      const resized = resizedSize(raster, options)
      // The mean is 0 after normalisation: what the rest of a fitted input is filled with.
      const data = new Float32Array(3 * size * size)
      resampleRows(raster, { size: resized, filter: 'bilinear' }, (row, y) => {
        for (const [plane, table] of planes.entries()) {
          let at = plane * strides.plane + y * size * strides.pixel
          for (let i = plane; i < row.length; i += 3, at += strides.pixel) data[at] = table[row[i] ?? 0] ?? 0
        }
      })
      return { inputs: { [name]: { type: 'float32', data, dims } }, frame: frameOf(raster, resized) }
    },
  }
}

function resizedSize(raster: Raster, { size, resize }: SemanticOptions['input']): PixelSize {
  const square = { width: size, height: size }
  return resize === 'fit' ? fitInside(raster, square) : square
}

function frameOf({ width, height }: Raster, resized: PixelSize): ProcessedFrame {
  return { width, height, resizedWidth: resized.width, resizedHeight: resized.height, left: 0, top: 0 }
}
