import type { Box } from '../../schemas/geometry.js'
import type { Raster } from '../../src/models/pixels/raster.js'

/** CIE L*a*b*, D65 white: L 0-100. */
type Lab = readonly [lightness: number, a: number, b: number]

export type ColourName = keyof typeof prototypes

/** A pixel's place, in whole pixels. */
export type Pixel = readonly [x: number, y: number]

/**
 * The basic colour terms of English (Berlin and Kay 1969) and tan, each with a few sRGB values that people call so;
 * a pixel takes the name of the nearest one in CIELAB. American spelling, as in the captions that Florence-2 learned from.
 */
const prototypes = {
  black: [0x000000, 0x1c1c1c, 0x15181f],
  gray: [0x808080, 0xb0b0b0, 0x505050],
  white: [0xffffff, 0xe6e6e6],
  red: [0xd01c1f, 0x9c1216, 0xe8453c],
  orange: [0xf07d1a, 0xd9661b],
  yellow: [0xf5d327, 0xd9b92b, 0xf7e98e],
  green: [0x2f7d32, 0x5ca04a, 0x1f4d2b, 0x8fbf5a],
  blue: [0x1f4fa3, 0x3f7fd1, 0x16294f, 0x87b7e8],
  purple: [0x6a2c91, 0x9b6fc0],
  pink: [0xf29cb7, 0xd9618f],
  brown: [0x6b4423, 0x8b5e3c, 0x4a2c17],
  tan: [0xd8c3a5, 0xc4a27a],
} as const

const labPrototypes = Object.entries(prototypes).flatMap(([name, values]) =>
  values.map((value) => ({ name: name as ColourName, lab: labOf(value >> 16, (value >> 8) & 255, value & 255) })),
)

/** Pixels sampled along each side of a box: enough for a share, the same for every size of image. */
const samplesPerSide = 24

/** The colour that at least `share` (0-1) of these pixels have, and how large its share is; null when none does. */
export function dominantColour(
  raster: Raster,
  pixels: readonly Pixel[],
  share: number,
): { name: ColourName; share: number } | null {
  const counts = new Map<ColourName, number>()
  for (const [x, y] of pixels) {
    const name = nearestName(labAt(raster, x, y))
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const best = [...counts].sort((one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1))[0]
  if (best === undefined || best[1] < share * pixels.length) return null
  return { name: best[0], share: best[1] / pixels.length }
}

/** Mean lightness L* (0-100) of these pixels; null without pixels. */
export function meanLightness(raster: Raster, pixels: readonly Pixel[]): number | null {
  if (pixels.length === 0) return null
  return pixels.reduce((sum, [x, y]) => sum + labAt(raster, x, y)[0], 0) / pixels.length
}

/** A grid of at most 24 x 24 different pixels inside a box, clipped to the image. */
export function gridPixels(raster: Raster, box: Box): Pixel[] {
  const columns = gridLine(box[0], box[2], raster.width)
  const rows = gridLine(box[1], box[3], raster.height)
  return rows.flatMap((y) => columns.map((x): Pixel => [x, y]))
}

/** Centres of equal steps from `from` to `to`, as pixel indices in 0..size-1, without repeats. */
function gridLine(from: number, to: number, size: number): number[] {
  const start = Math.max(0, Math.min(size, from))
  const end = Math.max(0, Math.min(size, to))
  const step = (end - start) / samplesPerSide
  if (step <= 0) return []
  const places = Array.from({ length: samplesPerSide }, (_, index) =>
    Math.min(size - 1, Math.floor(start + (index + 0.5) * step)),
  )
  return [...new Set(places)]
}

function labAt(raster: Raster, x: number, y: number): Lab {
  const offset = (y * raster.width + x) * 3
  return labOf(raster.data[offset] ?? 0, raster.data[offset + 1] ?? 0, raster.data[offset + 2] ?? 0)
}

function nearestName(lab: Lab): ColourName {
  let best: ColourName = 'gray'
  let bestDistance = Number.POSITIVE_INFINITY
  for (const prototype of labPrototypes) {
    const distance = squaredDistance(lab, prototype.lab)
    if (distance >= bestDistance) continue
    best = prototype.name
    bestDistance = distance
  }
  return best
}

function squaredDistance(one: Lab, other: Lab): number {
  return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 + (one[2] - other[2]) ** 2
}

/** sRGB, 0-255 each, to CIELAB: IEC 61966-2-1 for the transfer curve and the matrix, CIE 15 for the rest. */
function labOf(red: number, green: number, blue: number): Lab {
  const [r, g, b] = [linear(red), linear(green), linear(blue)]
  const x = labCurve((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505)
  const y = labCurve(0.2126 * r + 0.7152 * g + 0.0722 * b)
  const z = labCurve((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

function linear(value: number): number {
  const scaled = value / 255
  return scaled <= 0.04045 ? scaled / 12.92 : ((scaled + 0.055) / 1.055) ** 2.4
}

function labCurve(value: number): number {
  return value > 216 / 24389 ? Math.cbrt(value) : ((24389 / 27) * value + 16) / 116
}
