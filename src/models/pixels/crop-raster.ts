import type { Raster } from './raster.js'
import type { PixelWindow } from './resample.js'

/** A copy of the pixels of a window that lies inside the image. */
export function cropRaster(raster: Raster, { left, top, width, height }: PixelWindow): Raster {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * raster.width + left) * 3
    data.set(raster.data.subarray(from, from + width * 3), y * width * 3)
  }
  return { width, height, data }
}
