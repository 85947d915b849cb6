import type { Quad } from '../../schemas/geometry.js'
import { type BinaryMap, outerBorders } from './contours.js'
import { minAreaRectangle, type RotatedRectangle } from './min-area-rectangle.js'
import type { OcrOptions } from './options.js'

/** How likely every pixel is part of a text kernel, 0-1, row by row. */
export interface ProbabilityMap {
  readonly width: number
  readonly height: number
  readonly data: Float32Array
}

/** Where a line of text is. */
export interface DetectedLine {
  /** Whole pixels of the original image, inside it. */
  readonly quad: Quad
  /** Mean probability inside the kernel's rectangle, 0-1. */
  readonly score: number
}

export interface TextBoxOptions
  extends Pick<OcrOptions, 'thresh' | 'box_thresh' | 'unclip_ratio' | 'max_candidates' | 'min_size'> {
  /** Pixels of the original image. */
  readonly imageWidth: number
  readonly imageHeight: number
}

/** Shorter sides in pixels of the original image are noise: nothing can be read in them. */
const minLineSide = 3

/**
 * The lines of text in a probability map, in the order of a scan by rows. Post-processing of differentiable binarization
 * (Liao et al. 2020, section 3.4) with PaddleOCR's sizes: kernels above `thresh`, their smallest rectangles, those with a
 * mean of `box_thresh`, grown back, scaled to the image.
 */
export function detectedLines(map: ProbabilityMap, options: TextBoxOptions): DetectedLine[] {
  const lines: DetectedLine[] = []
  for (const border of outerBorders(binaryMap(map, options.thresh), options.max_candidates)) {
    const kernel = minAreaRectangle(border)
    if (shortSide(kernel) < options.min_size) continue
    const score = meanInside(map, clockwiseFromTopLeft(kernel.corners))
    if (score < options.box_thresh) continue
    const grown = unclipped(kernel, options.unclip_ratio)
    if (shortSide(grown) < options.min_size + 2) continue
    const quad = scaledToImage(clockwiseFromTopLeft(grown.corners), map, options)
    if (sideLength(quad, 0, 1) > minLineSide && sideLength(quad, 0, 3) > minLineSide) lines.push({ quad, score })
  }
  return lines
}

function binaryMap({ width, height, data }: ProbabilityMap, threshold: number): BinaryMap {
  const binary = new Uint8Array(width * height)
  for (let index = 0; index < binary.length; index++) {
    if ((data[index] ?? 0) > threshold) binary[index] = 1
  }
  return { width, height, data: binary }
}

const shortSide = ({ width, height }: RotatedRectangle) => Math.min(width, height)

/**
 * The rectangle with every side moved outwards by area * ratio / perimeter (Vatti clipping as DB uses it). Its offset polygon
 * has round corners; the smallest rectangle around that is this one, so no polygon needs to be clipped.
 */
export function unclipped({ corners, width, height }: RotatedRectangle, ratio: number): RotatedRectangle {
  if (width === 0 || height === 0) return { corners, width, height }
  const distance = (width * height * ratio) / (2 * (width + height))
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0, x3 = 0, y3 = 0, x4 = 0, y4 = 0] = corners
  const along = [((x2 - x1) / width) * distance, ((y2 - y1) / width) * distance] as const
  const across = [((x4 - x1) / height) * distance, ((y4 - y1) / height) * distance] as const
  const moved = [
    [x1 - along[0] - across[0], y1 - along[1] - across[1]],
    [x2 + along[0] - across[0], y2 + along[1] - across[1]],
    [x3 + along[0] + across[0], y3 + along[1] + across[1]],
    [x4 - along[0] + across[0], y4 - along[1] + across[1]],
  ]
  return { corners: moved.flat(), width: width + 2 * distance, height: height + 2 * distance }
}

/** Of four corners the upper and lower one of the two to the left, and of the two to the right, turned clockwise. */
export function clockwiseFromTopLeft(corners: readonly number[]): number[] {
  const points = [0, 2, 4, 6].map((index) => [corners[index] ?? 0, corners[index + 1] ?? 0] as const)
  points.sort((a, b) => a[0] - b[0])
  const [topLeft, bottomLeft] = points.slice(0, 2).sort((a, b) => a[1] - b[1])
  const [topRight, bottomRight] = points.slice(2).sort((a, b) => a[1] - b[1])
  return [topLeft, topRight, bottomRight, bottomLeft].flatMap((point) => (point ? [...point] : []))
}

function scaledToImage(corners: readonly number[], map: ProbabilityMap, image: TextBoxOptions): number[] {
  const { imageWidth, imageHeight } = image
  return corners.map((value, index) => {
    const [scale, size] =
      index % 2 === 0 ? [imageWidth / map.width, imageWidth] : [imageHeight / map.height, imageHeight]
    return Math.min(Math.max(Math.round(value * scale), 0), size - 1)
  })
}

function sideLength(quad: Quad, from: number, to: number): number {
  const [dx, dy] = [(quad[to * 2] ?? 0) - (quad[from * 2] ?? 0), (quad[to * 2 + 1] ?? 0) - (quad[from * 2 + 1] ?? 0)]
  return Math.trunc(Math.hypot(dx, dy))
}

/** The mean over the pixels of a convex quad, its outline included, as OpenCV's fillPoly takes them; 0 where there are none. */
export function meanInside({ width, height, data }: ProbabilityMap, quad: Quad): number {
  // DB's thresholds are tuned to whole corners cut down, not rounded; a hair below a whole number is that number.
  const corners = quad.map((value) => Math.floor(value + 1e-6))
  let [sum, count] = [0, 0]
  for (const [row, [left, right]] of outlineSpans(corners)) {
    if (row < 0 || row >= height) continue
    const end = row * width + Math.min(right, width - 1)
    for (let at = row * width + Math.max(left, 0); at <= end; at++) {
      sum += data[at] ?? 0
      count++
    }
  }
  return count === 0 ? 0 : sum / count
}

/** Leftmost and rightmost pixel of the outline in each row that it passes through. */
function outlineSpans(corners: readonly number[]): Map<number, [left: number, right: number]> {
  const spans = new Map<number, [number, number]>()
  for (let corner = 0; corner < 8; corner += 2) {
    const from = [corners[corner] ?? 0, corners[corner + 1] ?? 0] as const
    const to = [corners[(corner + 2) % 8] ?? 0, corners[(corner + 3) % 8] ?? 0] as const
    for (const [x, y] of from[0] > to[0] ? linePixels(to, from) : linePixels(from, to)) {
      const span = spans.get(y)
      if (span === undefined) spans.set(y, [x, x])
      else {
        span[0] = Math.min(span[0], x)
        span[1] = Math.max(span[1], x)
      }
    }
  }
  return spans
}

/** The 8-connected pixels of a line from left to right (Bresenham's algorithm, with the ties of OpenCV's LineIterator). */
function* linePixels([xa, ya]: readonly [number, number], [xb, yb]: readonly [number, number]) {
  const [across, down, step] = [xb - xa, Math.abs(yb - ya), Math.sign(yb - ya)]
  const [longer, shorter] = [Math.max(across, down), Math.min(across, down)]
  let [x, y, error] = [xa, ya, longer - 2 * shorter]
  for (let pixel = 0; pixel <= longer; pixel++) {
    yield [x, y] as const
    const aside = error < 0
    error += (aside ? 2 * longer : 0) - 2 * shorter
    if (down > across || aside) y += step
    if (down <= across || aside) x += 1
  }
}
