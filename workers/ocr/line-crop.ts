import type { Quad } from '../../schemas/geometry.js'
import type { Raster } from '../../src/models/pixels/raster.js'
import { warpQuad } from '../../src/models/pixels/warp.js'

/** From this height over width on, a crop is taken for text that runs upwards or downwards, and laid on its side. */
const uprightRatio = 1.5

/**
 * The line inside a quad (pixels, clockwise from the top left) as an upright picture of its longer sides' length; quarter
 * turned counter-clockwise when it is half as high again as wide.
 */
export function lineCrop(raster: Raster, quad: Quad): Raster {
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0, x3 = 0, y3 = 0, x4 = 0, y4 = 0] = quad
  const width = Math.max(Math.hypot(x2 - x1, y2 - y1), Math.hypot(x3 - x4, y3 - y4))
  const height = Math.max(Math.hypot(x4 - x1, y4 - y1), Math.hypot(x3 - x2, y3 - y2))
  const whole = (length: number) => Math.max(Math.trunc(length), 1)
  const crop = warpQuad(raster, quad, { width: whole(width), height: whole(height) })
  return crop.height / crop.width >= uprightRatio ? quarterTurned(crop) : crop
}

/** Counter-clockwise: the right edge becomes the top. */
export function quarterTurned({ width, height, data }: Raster): Raster {
  const turned = new Uint8Array(data.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [from, to] = [(y * width + x) * 3, ((width - 1 - x) * height + y) * 3]
      for (let channel = 0; channel < 3; channel++) turned[to + channel] = data[from + channel] ?? 0
    }
  }
  return { width: height, height: width, data: turned }
}
