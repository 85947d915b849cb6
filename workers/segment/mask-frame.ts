import type { Box } from '../../schemas/geometry.js'
import type { BinaryMask } from '../../schemas/mask-rle.js'
import type { ProcessedFrame } from '../../src/models/pixels/image-processor.js'
import type { PixelSize } from '../../src/models/pixels/resize.js'
import { bilinearAxis, thenResized } from './axis-band.js'
import { chooseMask, type GridFrame } from './choose-mask.js'
import { type GridResize, type LogitGrid, logitField, rangeAbove } from './logit-field.js'
import type { DecodedPrompt } from './prompt-decoder.js'
import { countAbove, maskAbove } from './score-field.js'

/** How a decoder's grid lies under one image, and how its logits become pixels. */
export interface MaskFrame extends GridFrame, GridResize {
  /** The original image. */
  readonly image: PixelSize
}

/** A mask with what its model says of it. */
export interface DecodedMask {
  readonly mask: BinaryMask
  /** The IoU that the model expects, as it says it. */
  readonly score: number
  readonly stability: number
}

/**
 * SAM's frame: logits resized to the padded input, cropped to the image in it, resized to the original, both steps bilinear.
 * Each is linear and treats its axes apart, so an axis has one table for both. Source: transformers,
 * image_processing_sam.py, post_process_masks.
 */
export function paddedFrame(grid: PixelSize, input: PixelSize, frame: ProcessedFrame): MaskFrame {
  const { width, height, resizedWidth, resizedHeight } = frame
  return framed(grid, frame, {
    columns: thenResized(bilinearAxis(grid.width, input.width), bilinearAxis(resizedWidth, width), grid.width),
    rows: thenResized(bilinearAxis(grid.height, input.height), bilinearAxis(resizedHeight, height), grid.height),
    stepX: (input.width / grid.width) * (width / resizedWidth),
    stepY: (input.height / grid.height) * (height / resizedHeight),
  })
}

/** The frame of SAM 2, whose grid lies over the stretched image: one bilinear step. Source: transformers, image_processing_sam2.py. */
export function stretchedFrame(grid: PixelSize, { width, height }: PixelSize): MaskFrame {
  return framed(
    grid,
    { width, height },
    {
      columns: bilinearAxis(grid.width, width),
      rows: bilinearAxis(grid.height, height),
      stepX: width / grid.width,
      stepY: height / grid.height,
    },
  )
}

function framed(
  grid: PixelSize,
  { width, height }: PixelSize,
  resize: Pick<MaskFrame, 'rows' | 'columns' | 'stepX' | 'stepY'>,
): MaskFrame {
  return {
    ...resize,
    image: { width, height },
    gridColumns: Math.min(grid.width, Math.ceil(width / resize.stepX)),
    gridRows: Math.min(grid.height, Math.ceil(height / resize.stepY)),
  }
}

/** The pixels of a candidate whose logit is above 0, as the reference's post-processing gives them. */
export function fullMask(grid: LogitGrid, frame: MaskFrame): BinaryMask {
  return maskAbove(logitField(grid, frame), rangeAbove(grid, frame, 0), frame.image)
}

/**
 * The mask of a region among the candidates of its prompt; null where none is. Stability is segment-anything's
 * (utils/amg.py, calculate_stability_score), counted in pixels of the original image.
 */
export function regionMask(
  { masks, ious }: DecodedPrompt,
  box: Box,
  frame: MaskFrame,
  offset: number,
): DecodedMask | null {
  const chosen = chooseMask(masks, ious, box, frame)
  const grid = chosen === null ? undefined : masks[chosen]
  if (chosen === null || grid === undefined) return null
  const field = logitField(grid, frame)
  const wide = rangeAbove(grid, frame, -offset)
  const stability = countAbove(field, wide, offset) / Math.max(1, countAbove(field, wide, -offset))
  return { mask: fullMask(grid, frame), score: ious[chosen] ?? 0, stability }
}
