import type { Raster } from '../../src/models/pixels/raster.js'
import { type PixelSize, resizeRows } from '../../src/models/pixels/resize.js'
import type { Tensor } from '../../src/models/sessions/tensor.js'

/** ImageNet's mean and deviation, 0-1. PP-OCR applies them in this order to the channels B, G, R. */
const mean = [0.485, 0.456, 0.406] as const
const deviation = [0.229, 0.224, 0.225] as const

/** Both sides of the detector's input are whole numbers of its deepest stride. */
const stride = 32

/** The size at which text is looked for: no side above `limit` (but for rounding), both multiples of 32, in pixels. */
export function detectionSize({ width, height }: PixelSize, limit: number): PixelSize {
  const scale = Math.min(1, limit / Math.max(width, height))
  const side = (length: number) => Math.max(roundHalfEven(Math.trunc(length * scale) / stride) * stride, stride)
  return { width: side(width), height: side(height) }
}

/** 720 pixels are 22.5 strides: Python, which PaddleOCR sizes its input with, makes 22 of them. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value)
  return rounded - value === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded
}

/** The detector's input of an image: [1, 3, height, width], channels B, G, R, normalised. */
export function detectionInput(raster: Raster, size: PixelSize): Tensor & { type: 'float32' } {
  const plane = size.width * size.height
  const values = new Float32Array(3 * plane)
  const levels = [0, 1, 2].map(normalisedLevels)
  resizeRows(raster, size, (row, y) => {
    for (const [channel, level] of levels.entries()) {
      let to = channel * plane + y * size.width
      for (let from = 2 - channel; from < row.length; from += 3) values[to++] = level[row[from] ?? 0] ?? 0
    }
  })
  return { type: 'float32', data: values, dims: [1, 3, size.height, size.width] }
}

/** What each of the 256 levels of a channel becomes. */
function normalisedLevels(channel: number): Float32Array {
  return Float32Array.from(
    { length: 256 },
    (_, level) => (level / 255 - (mean[channel] ?? 0)) / (deviation[channel] ?? 1),
  )
}
