import { FldError } from '../../../schemas/errors.js'
import { processedSize } from './processed-size.js'
import type { ProcessorPlan } from './processor-plan.js'
import type { PixelSize } from './resize.js'

/** How an image lies in a model's input. All in pixels. */
export interface ProcessedFrame {
  /** The original image. */
  readonly width: number
  readonly height: number
  /**
   * The whole image resized, before it was cropped or padded. Not whole numbers where it was padded before it was
   * resized (OWLv2): the image ends within a pixel there.
   */
  readonly resizedWidth: number
  readonly resizedHeight: number
  /** Where the resized image's top left lies in the tensor: negative after a centre crop, 0 or positive where padded. */
  readonly left: number
  readonly top: number
}

/** Where a plan puts an image, whatever is beside it in its batch. */
export interface PlannedFrame extends ProcessedFrame {
  /** What is resized: the image, or the square that it was padded to. */
  readonly canvas: PixelSize
  /** What the canvas is resized to. */
  readonly resized: PixelSize
  /** What is left of that after the crop: it is padded up to the tensor's size. */
  readonly content: PixelSize
}

export function plannedFrame({ size, crop, pad }: ProcessorPlan, { width, height }: PixelSize): PlannedFrame {
  const side = Math.max(width, height)
  const canvas = pad === 'square' ? { width: side, height: side } : { width, height }
  const resized = size === null ? canvas : processedSize(canvas, size)
  return {
    width,
    height,
    resizedWidth: (width * resized.width) / canvas.width,
    resizedHeight: (height * resized.height) / canvas.height,
    // 0 less the floor: 0 and not -0 where nothing is cut.
    left: crop === null ? 0 : 0 - Math.floor((resized.width - crop.width) / 2),
    top: crop === null ? 0 : 0 - Math.floor((resized.height - crop.height) / 2),
    canvas,
    resized,
    content: crop ?? resized,
  }
}

/**
 * The size of the tensor that takes all frames of a batch. Throws FldError `internal` for frames of different sizes
 * where the plan does not pad and for none, `model_invalid` for one that is larger than the plan pads to.
 */
export function batchSize({ pad }: ProcessorPlan, frames: readonly PlannedFrame[]): PixelSize {
  const [first] = frames
  if (first === undefined) throw new FldError('internal', 'a batch needs at least one image')
  const width = Math.max(...frames.map(({ content }) => content.width))
  const height = Math.max(...frames.map(({ content }) => content.height))
  if (typeof pad === 'object') {
    if (width <= pad.width && height <= pad.height) return pad
    throw new FldError('model_invalid', `an image of ${width}x${height} does not fit pad_size ${shown(pad)}`)
  }
  const other = frames.find(({ content }) => shown(content) !== shown(first.content))
  if (pad === 'batch' || other === undefined) return { width, height }
  throw new FldError(
    'internal',
    `images of ${shown(first.content)} and ${shown(other.content)} cannot share a batch: this processor does not pad`,
  )
}

function shown({ width, height }: PixelSize): string {
  return `${width}x${height}`
}
