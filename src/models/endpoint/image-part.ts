import sharp from 'sharp'
import type { Box } from '../../../schemas/geometry.js'
import type { Raster } from '../pixels/raster.js'
import type { MessagePart } from './chat-protocol.js'

export interface ImagePartOptions {
  /** In pixels; the whole image without one. What lies outside the image is left out, a fraction of a pixel counts whole. */
  readonly box?: Box
  /** Longer side in pixels above which it is shrunk. */
  readonly longestSide: number
  /** 1-100. */
  readonly quality: number
}

/** A picture, or a part of it, as a message carries it: a JPEG in a data: URL. The same bytes for the same pixels. */
export async function imagePart(raster: Raster, options: ImagePartOptions): Promise<MessagePart> {
  const { width, height, data } = raster
  const { longestSide, quality, box = [0, 0, width, height] } = options
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .extract(wholePixels(box, raster))
    .resize({ width: longestSide, height: longestSide, fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality })
    .toBuffer()
  return { type: 'image_url', image_url: { url: `data:image/jpeg;base64,${jpeg.toString('base64')}` } }
}

/** At least one pixel. */
function wholePixels([x1, y1, x2, y2]: Box, { width, height }: Raster) {
  const left = Math.min(width - 1, Math.max(0, Math.floor(x1)))
  const top = Math.min(height - 1, Math.max(0, Math.floor(y1)))
  const right = Math.max(left + 1, Math.min(width, Math.ceil(x2)))
  const bottom = Math.max(top + 1, Math.min(height, Math.ceil(y2)))
  return { left, top, width: right - left, height: bottom - top }
}
