import type { Box } from '../../schemas/geometry.js'
import type { BinaryMask } from '../../schemas/mask-rle.js'
import { cropRaster } from '../../src/models/pixels/crop-raster.js'
import type { Raster } from '../../src/models/pixels/raster.js'
import type { PixelSize } from '../../src/models/pixels/resize.js'
import type { PixelRange } from './score-field.js'

/** The pixels around a box, with `context` times its width and height more on each side, as far as the image goes. */
export function viewAround([x1, y1, x2, y2]: Box, { width, height }: PixelSize, context: number): PixelRange {
  const [besides, above] = [(x2 - x1) * context, (y2 - y1) * context]
  const left = Math.min(width - 1, Math.max(0, Math.floor(x1 - besides)))
  const top = Math.min(height - 1, Math.max(0, Math.floor(y1 - above)))
  return {
    left,
    top,
    right: Math.max(left + 1, Math.min(width, Math.ceil(x2 + besides))),
    bottom: Math.max(top + 1, Math.min(height, Math.ceil(y2 + above))),
  }
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
