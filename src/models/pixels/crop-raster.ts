import type { Box } from '../../../schemas/geometry.js'
import type { Raster } from './raster.js'
import type { PixelWindow } from './resample.js'
import type { PixelSize } from './resize.js'

/** How much is looked at around a box. */
export interface WindowOptions {
  /** On each side, as a share of the box's width or height. */
  readonly margin: number
  /** Pixels in each direction that the window has at least, where the image has. */
  readonly leastSide: number
}

/** The pixels that a box touches and those around it, as far as the image goes. */
export function windowAround([x1, y1, x2, y2]: Box, image: PixelSize, options: WindowOptions): PixelWindow {
  const across = span(x1, x2, image.width, options)
  const down = span(y1, y2, image.height, options)
  return { left: across.start, top: down.start, width: across.length, height: down.length }
}

function span(from: number, to: number, size: number, { margin, leastSide }: WindowOptions) {
  const around = (to - from) * margin
  const start = Math.max(0, Math.floor(from - around))
  const end = Math.min(size, Math.ceil(to + around))
  const least = Math.min(leastSide, size)
  if (end - start >= least) return { start, length: end - start }
  const centred = Math.round((from + to - least) / 2)
  return { start: Math.min(size - least, Math.max(0, centred)), length: least }
}

/** A copy of the pixels of a window that lies inside the image. */
export function cropRaster(raster: Raster, { left, top, width, height }: PixelWindow): Raster {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * raster.width + left) * 3
    data.set(raster.data.subarray(from, from + width * 3), y * width * 3)
  }
  return { width, height, data }
}
