import { FldError } from '../../schemas/errors.js'
import type { ImageProcessor } from '../../src/models/pixels/image-processor.js'
import type { ModelSession, Tensor } from '../../src/models/sessions/tensor.js'
import { type DetectorInput, describeInputs, hasOpenBatch } from './detector-input.js'
import type { ImageFrame } from './to-observations.js'

type PixelMask = Tensor & { readonly type: 'int64' }

/** A graph's image input and, where it takes one, its pixel mask, with their declared dimensions. */
interface HubInputs {
  readonly image: string
  readonly imageDims: readonly number[]
  readonly mask: string | null
  readonly maskDims: readonly number[]
}

/**
 * The input of a detector in the layout of Transformers.js: `pixel_values` [N, 3, height, width] as the processor makes
 * it and, where the graph takes it, `pixel_mask` [N, height, width] of 1 where there is image. Boxes come back as parts
 * of the image without its padding, so they are scaled by the original size alone. Throws FldError `model_invalid`.
 */
export function hubInput(session: ModelSession, processor: ImageProcessor): DetectorInput {
  const names = resolveHubInputs(session)
  return {
    openBatch: hasOpenBatch(session.inputDims),
    tensorSize: (image) => processor.tensorSize(image),
    tensors: (rasters) => {
      const processed = processor.process(rasters)
      refuseOtherSize(processed.pixelValues.dims, names)
      const inputs: Record<string, Tensor> = { [names.image]: processed.pixelValues }
      // The mask is made when it is asked for.
      if (names.mask !== null) inputs[names.mask] = resizeMask(processed.pixelMask, names.maskDims)
      return { inputs, frames: processed.frames.map(unitFrame) }
    },
  }
}

/** By name where they have the names of the layout, else by their number of dimensions. */
function resolveHubInputs({ inputDims }: ModelSession): HubInputs {
  const find = (name: string, rank: number): string | undefined =>
    Object.keys(inputDims).find((input) => input === name) ??
    Object.keys(inputDims).find((input) => inputDims[input]?.length === rank)
  const [image, mask] = [find('pixel_values', 4), find('pixel_mask', 3)]
  const imageDims = inputDims[image ?? ''] ?? []
  const known = [image, mask].filter((name) => name !== undefined)
  if (image === undefined || known.length !== Object.keys(inputDims).length || imageDims.length !== 4) {
    throw new FldError(
      'model_invalid',
      'decoder set-prediction wants the input pixel_values [N, 3, height, width], and at most a pixel_mask ' +
        `[N, height, width] beside it; this model takes ${describeInputs(inputDims)}`,
    )
  }
  return { image, imageDims, mask: mask ?? null, maskDims: inputDims[mask ?? ''] ?? [] }
}

function refuseOtherSize(dims: readonly number[], { image, imageDims }: HubInputs): void {
  if (imageDims.every((size, axis) => size === -1 || size === dims[axis])) return
  throw new FldError(
    'model_invalid',
    `preprocessor_config.json makes images of [${dims.join(', ')}]; the model takes ${image} [${imageDims.join(', ')}]`,
  )
}

/** A mask of the size that the graph declares, by its nearest pixels as torch's `interpolate` picks them; open sides stay. */
function resizeMask(mask: PixelMask, declared: readonly number[]): PixelMask {
  const [images = 0, height = 0, width = 0] = mask.dims
  const rows = fixedSide(declared[1], height)
  const columns = fixedSide(declared[2], width)
  if (rows === height && columns === width) return mask
  const data = new BigInt64Array(images * rows * columns)
  let at = 0
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < rows; row++) {
      const start = (image * height + Math.floor((row * height) / rows)) * width
      for (let column = 0; column < columns; column++, at++) {
        data[at] = mask.data[start + Math.floor((column * width) / columns)] ?? 0n
      }
    }
  }
  return { type: 'int64', data, dims: [images, rows, columns] }
}

function fixedSide(declared: number | undefined, own: number): number {
  return declared === undefined || declared === -1 ? own : declared
}

/** Boxes of 0-1 scaled to the original image. */
function unitFrame({ width, height }: { readonly width: number; readonly height: number }): ImageFrame {
  return { width, height, scaleX: 1 / width, scaleY: 1 / height }
}
