import type { Box } from '../../schemas/geometry.js'
import type { BinaryMask } from '../../schemas/mask-rle.js'
import { cropRaster, windowAround } from '../../src/models/pixels/crop-raster.js'
import type { Raster } from '../../src/models/pixels/raster.js'
import type { PixelSize } from '../../src/models/pixels/resize.js'
import type { PixelRange } from './score-field.js'

/** The pixels around a box, with `context` times its width and height more on each side, as far as the image goes. */
export function viewAround(box: Box, image: PixelSize, context: number): PixelRange {
  const { left, top, width, height } = windowAround(box, image, { margin: context, leastSide: 1 })
  return { left, top, right: left + width, bottom: top + height }
}

/** The pixels of a view as an image of their own. */
export function viewRaster(raster: Raster, { left, top, right, bottom }: PixelRange): Raster {
  return cropRaster(raster, { left, top, width: right - left, height: bottom - top })
}

/** A box of the image in pixels of a view. */
export function boxInView([x1, y1, x2, y2]: Box, { left, top }: PixelRange): Box {
  return [x1 - left, y1 - top, x2 - left, y2 - top]
}

/** A mask of a view as one of the whole image. */
export function maskInImage(mask: BinaryMask, { left, top }: PixelRange, { width, height }: PixelSize): BinaryMask {
  return { ...mask, width, height, left: mask.left + left, top: mask.top + top }
}
