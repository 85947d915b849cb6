import { readModelJson } from '../model-config.js'
import type { Tensor } from '../sessions/tensor.js'
import { framePainter } from './frame-painter.js'
import { batchSize, type PlannedFrame, type ProcessedFrame, plannedFrame } from './processed-frame.js'
import { processorPlan } from './processor-plan.js'
import type { Raster } from './raster.js'
import type { PixelSize } from './resize.js'

export type { ProcessedFrame } from './processed-frame.js'

export interface ProcessedImages {
  /** [N, 3, height, width]; images smaller than the tensor are padded as the configuration says. */
  readonly pixelValues: Tensor & { readonly type: 'float32' }
  /** [N, height, width], int64: 1 where there is image. Made when it is first asked for. */
  readonly pixelMask: Tensor & { readonly type: 'int64' }
  readonly frames: readonly ProcessedFrame[]
}

export interface ImageProcessor {
  /** Size of the tensor that an image gets when it is alone in its batch. */
  tensorSize(image: PixelSize): PixelSize
  /**
   * Resizes, pads and normalises images into one tensor; those of different sizes are padded to the largest where the
   * configuration pads, else refused with FldError `internal`.
   */
  process(images: readonly Raster[]): ProcessedImages
}

/**
 * The image processor of a Hugging Face model, from its parsed preprocessor_config.json: the pixels that transformers
 * gives (its Pillow and scipy back ends). Throws FldError `model_invalid` naming `origin` and the key: an unknown key
 * that could change pixels is an error.
 *
 * Images are decoded at full size first: a JPEG that libvips shrinks to half while it loads, resized exactly from there,
 * is up to 4 levels of 255 off (three photographs, to a fifth of their shorter side).
 */
export function imageProcessor(config: unknown, origin: string): ImageProcessor {
  const plan = processorPlan(config, origin)
  const paint = framePainter(plan)
  return {
    tensorSize: (image) => batchSize(plan, [plannedFrame(plan, image)]),
    process(images) {
      const planned = images.map((image) => plannedFrame(plan, image))
      const { width, height } = batchSize(plan, planned)
      const data = new Float32Array(images.length * 3 * width * height)
      planned.forEach((frame, index) => {
        const image = images[index]
        if (image !== undefined) paint(image, frame, { width, height, data, index })
      })
      return processedImages(planned, { width, height }, data)
    },
  }
}

function processedImages(planned: readonly PlannedFrame[], size: PixelSize, data: Float32Array): ProcessedImages {
  const frames = planned.map(
    ({ width, height, resizedWidth, resizedHeight, left, top }): ProcessedFrame => ({
      width,
      height,
      resizedWidth,
      resizedHeight,
      left,
      top,
    }),
  )
  let mask: ProcessedImages['pixelMask'] | undefined
  return {
    pixelValues: { type: 'float32', data, dims: [frames.length, 3, size.height, size.width] },
    get pixelMask() {
      const made = mask ?? pixelMask(frames, size)
      mask = made
      return made
    },
    frames,
  }
}

function pixelMask(frames: readonly ProcessedFrame[], { width, height }: PixelSize): ProcessedImages['pixelMask'] {
  const data = new BigInt64Array(frames.length * height * width)
  frames.forEach(({ left, top, resizedWidth, resizedHeight }, index) => {
    const right = Math.min(width, Math.ceil(left + resizedWidth))
    const bottom = Math.min(height, Math.ceil(top + resizedHeight))
    for (let y = Math.max(0, top); y < bottom; y++) {
      const row = (index * height + y) * width
      data.fill(1n, row + Math.max(0, left), row + right)
    }
  })
  return { type: 'int64', data, dims: [frames.length, height, width] }
}

/** Reads preprocessor_config.json among an entry's files. */
export async function readImageProcessor(files: ReadonlyMap<string, string>): Promise<ImageProcessor> {
  const path = 'preprocessor_config.json'
  return imageProcessor(await readModelJson(files, path), files.get(path) ?? path)
}
