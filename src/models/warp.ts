import type { Quad } from '../../schemas/geometry.js'
import type { Raster } from './raster.js'

/** Where a pixel of the result is looked up: (a x + b y + c, d x + e y + f) / (g x + h y + 1), in pixels of the source. */
export interface Projection {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number
  readonly e: number
  readonly f: number
  readonly g: number
  readonly h: number
}

/**
 * The projection that takes the rectangle (0, 0)-(width, height) onto a quad (pixels, clockwise from the top left).
 * Source: Heckbert, Fundamentals of texture mapping and image warping (1989), section 2.2.3, square to quadrilateral.
 */
export function projectionOnto(quad: Quad, width: number, height: number): Projection {
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0, x3 = 0, y3 = 0, x4 = 0, y4 = 0] = quad
  const [sumX, sumY] = [x1 - x2 + x3 - x4, y1 - y2 + y3 - y4]
  const [dx1, dy1, dx2, dy2] = [x2 - x3, y2 - y3, x4 - x3, y4 - y3]
  const area = dx1 * dy2 - dx2 * dy1
  const g = area === 0 ? 0 : (sumX * dy2 - dx2 * sumY) / area
  const h = area === 0 ? 0 : (dx1 * sumY - sumX * dy1) / area
  return {
    a: (x2 - x1 + g * x2) / width,
    b: (x4 - x1 + h * x4) / height,
    c: x1,
    d: (y2 - y1 + g * y2) / width,
    e: (y4 - y1 + h * y4) / height,
    f: y1,
    g: g / width,
    h: h / height,
  }
}

/** Positions between two pixels are rounded to 1/32, as OpenCV does: each has its weights ready. */
const steps = 32
/** Keys's cubic with a = -0.75: four weights for each of the 32 positions. */
const cubicWeights = makeCubicWeights()

function makeCubicWeights(): Float64Array {
  const weights = new Float64Array(steps * 4)
  for (let step = 0; step < steps; step++) {
    for (let tap = 0; tap < 4; tap++) weights[step * 4 + tap] = cubic(Math.abs(tap - 1 - step / steps))
  }
  return weights
}

function cubic(distance: number): number {
  const a = -0.75
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1
  return distance < 2 ? ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a : 0
}

/**
 * What a quad of an image shows (pixels, clockwise from the top left), straightened to width x height pixels: bicubic,
 * with the image's edge repeated outside it. The same as OpenCV's warpPerspective with INTER_CUBIC and BORDER_REPLICATE.
 */
export function warpQuad(source: Raster, quad: Quad, size: { width: number; height: number }): Raster {
  const { a, b, c, d, e, f, g, h } = projectionOnto(quad, size.width, size.height)
  const data = new Uint8Array(size.width * size.height * 3)
  for (let y = 0, to = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++, to += 3) {
      const scale = steps / (g * x + h * y + 1)
      const sourceX = Math.round((a * x + b * y + c) * scale)
      const sourceY = Math.round((d * x + e * y + f) * scale)
      samplePixel(source, sourceX, sourceY, data, to)
    }
  }
  return { width: size.width, height: size.height, data }
}

/** Sixteen pixels around (x / 32, y / 32), weighted, into `target` at `to`. */
function samplePixel(source: Raster, x: number, y: number, target: Uint8Array, to: number): void {
  const { width, height, data } = source
  const [left, top] = [(x >> 5) - 1, (y >> 5) - 1]
  const [weightX, weightY] = [(x & 31) * 4, (y & 31) * 4]
  let [red, green, blue] = [0, 0, 0]
  for (let j = 0; j < 4; j++) {
    const row = Math.min(Math.max(top + j, 0), height - 1) * width
    const across = cubicWeights[weightY + j] ?? 0
    if (across === 0) continue
    for (let i = 0; i < 4; i++) {
      const weight = across * (cubicWeights[weightX + i] ?? 0)
      const at = (row + Math.min(Math.max(left + i, 0), width - 1)) * 3
      red += weight * (data[at] ?? 0)
      green += weight * (data[at + 1] ?? 0)
      blue += weight * (data[at + 2] ?? 0)
    }
  }
  target[to] = clamped(red)
  target[to + 1] = clamped(green)
  target[to + 2] = clamped(blue)
}

function clamped(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.round(value)
}
