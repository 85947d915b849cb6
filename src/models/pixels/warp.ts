import type { Quad } from '../../../schemas/geometry.js'
import type { Raster } from './raster.js'
import type { PixelSize } from './resize.js'

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

/** The weights of the four pixels around a position: Keys's cubic with a = -0.75. `fraction` is its distance from the second. */
function cubicWeights(fraction: number, weights: Float64Array): void {
  for (let tap = 0; tap < 4; tap++) weights[tap] = cubic(Math.abs(tap - 1 - fraction))
}

function cubic(distance: number): number {
  const a = -0.75
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1
  return distance < 2 ? ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a : 0
}

/**
 * What a quad of an image shows (pixels, clockwise from the top left), straightened to width x height pixels: bicubic,
 * with the image's edge repeated outside it; as OpenCV 5's warpPerspective with INTER_CUBIC and BORDER_REPLICATE, which
 * (unlike 4) does not round positions to 1/32 pixel.
 */
export function warpQuad(source: Raster, quad: Quad, size: PixelSize): Raster {
  const { a, b, c, d, e, f, g, h } = projectionOnto(quad, size.width, size.height)
  const data = new Uint8Array(size.width * size.height * 3)
  const sample = cubicSampler(source, data)
  for (let y = 0, to = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++, to += 3) {
      const scale = 1 / (g * x + h * y + 1)
      sample((a * x + b * y + c) * scale, (d * x + e * y + f) * scale, to)
    }
  }
  return { width: size.width, height: size.height, data }
}

/** Writes the pixel at (x, y) of the source, weighted from the sixteen around it, into the target at `to`. */
function cubicSampler({ width, height, data }: Raster, target: Uint8Array): (x: number, y: number, to: number) => void {
  const [acrossX, acrossY] = [new Float64Array(4), new Float64Array(4)]
  return (x, y, to) => {
    const [left, top] = [Math.floor(x), Math.floor(y)]
    cubicWeights(x - left, acrossX)
    cubicWeights(y - top, acrossY)
    let [red, green, blue] = [0, 0, 0]
    for (let j = 0; j < 4; j++) {
      const row = clamp(top - 1 + j, height - 1) * width
      for (let i = 0; i < 4; i++) {
        const weight = (acrossY[j] ?? 0) * (acrossX[i] ?? 0)
        const at = (row + clamp(left - 1 + i, width - 1)) * 3
        red += weight * (data[at] ?? 0)
        green += weight * (data[at + 1] ?? 0)
        blue += weight * (data[at + 2] ?? 0)
      }
    }
    target[to] = clamp(Math.round(red), 255)
    target[to + 1] = clamp(Math.round(green), 255)
    target[to + 2] = clamp(Math.round(blue), 255)
  }
}

function clamp(value: number, highest: number): number {
  return Math.min(Math.max(value, 0), highest)
}
