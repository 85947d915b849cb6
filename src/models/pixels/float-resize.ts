import type { Raster } from './raster.js'
import type { PixelSize } from './resize.js'
import { TableCache } from './table-cache.js'

/**
 * `smooth`: a Gaussian against aliasing, then linear, as scikit-image's resize; mirrored beyond the edges. `linear`: from
 * the two nearest pixels only, whatever the scale; repeated beyond the edges.
 */
export type FloatFilter = 'smooth' | 'linear'

/** What is resized to what. */
export interface FloatResizing {
  /** The image with black at its right and bottom up to this size. */
  readonly canvas: PixelSize
  readonly size: PixelSize
  readonly filter: FloatFilter
}

/** Takes one finished row, width * 3 values of 0-255; the array is used again for the next row. */
export type FloatRowSink = (row: Float32Array, y: number) => void

/** Weights of the source positions that follow one another from `first`. */
interface Blend {
  readonly first: number
  readonly weights: Float64Array
}

const axes = new TableCache<readonly Blend[]>(64)

/**
 * The resizes that some processors make of floating-point pixels, without rounding to bytes.
 *
 * `smooth` is OWLv2's (transformers, image_processing_pil_owlv2: scipy's gaussian_filter of sigma (factor - 1) / 2, cut
 * at 4 sigma, then zoom of order 1 on pixel centres; both mirror about the outermost pixel). The two steps are linear
 * and one axis does not know of the other, so each axis has its blend of both and the image is gone through once. No
 * value leaves the range of the pixels: all weights are positive and sum to 1, so there is nothing to clip as the
 * reference does. `linear` is RF-DETR's: torch's bilinear interpolate without antialias.
 */
export function floatRows(source: Raster, { canvas, size, filter }: FloatResizing, sink: FloatRowSink): void {
  const axis = (from: number, to: number, present: number) =>
    axes.get(`${filter}:${present}/${from}>${to}`, () => axisBlends({ from, to, present, filter }))
  const columns = axis(canvas.width, size.width, source.width)
  const rows = axis(canvas.height, size.height, source.height)
  const length = size.width * 3
  const capacity = Math.max(...rows.map(({ weights }) => weights.length))
  const ring = new Float32Array(capacity * length)
  const sums = new Float64Array(length)
  const out = new Float32Array(length)
  let next = 0
  rows.forEach(({ first, weights }, y) => {
    next = Math.max(next, first)
    for (; next < first + weights.length; next++) {
      const start = (next % capacity) * length
      blendColumns(source, next, columns, ring.subarray(start, start + length))
    }
    sums.fill(0)
    weights.forEach((weight, k) => {
      addRow(sums, ring, ((first + k) % capacity) * length, weight)
    })
    out.set(sums)
    sink(out, y)
  })
}

function blendColumns({ data, width }: Raster, y: number, columns: readonly Blend[], out: Float32Array): void {
  let to = 0
  for (const { first, weights } of columns) {
    let red = 0
    let green = 0
    let blue = 0
    let at = (y * width + first) * 3
    for (let k = 0; k < weights.length; k++, at += 3) {
      const weight = weights[k] ?? 0
      red += (data[at] ?? 0) * weight
      green += (data[at + 1] ?? 0) * weight
      blue += (data[at + 2] ?? 0) * weight
    }
    out[to++] = red
    out[to++] = green
    out[to++] = blue
  }
}

function addRow(sums: Float64Array, rows: Float32Array, start: number, weight: number): void {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + (rows[start + i] ?? 0) * weight
}

interface Axis {
  /** Positions, and how many it gets. */
  readonly from: number
  readonly to: number
  /** Positions from here on are black and left out. */
  readonly present: number
  readonly filter: FloatFilter
}

function axisBlends({ from, to, present, filter }: Axis): Blend[] {
  const scale = from / to
  const gauss = gaussian(filter === 'smooth' ? Math.max(0, (scale - 1) / 2) : 0)
  const reach = (gauss.length - 1) / 2
  const inside = filter === 'smooth' ? mirrored : repeated
  return Array.from({ length: to }, (_, i) => {
    const position = (i + 0.5) * scale - 0.5
    const left = Math.floor(position)
    const dense = new Map<number, number>()
    for (let k = -reach; k <= reach; k++) {
      const weight = gauss[k + reach] ?? 0
      for (const [at, share] of [
        [left, 1 - (position - left)],
        [left + 1, position - left],
      ] as const) {
        // A position beyond the edge is mirrored first, and the Gaussian around it once more.
        const source = inside(inside(at, from) + k, from)
        if (source < present && share !== 0) dense.set(source, (dense.get(source) ?? 0) + weight * share)
      }
    }
    return packed(dense)
  })
}

function packed(dense: ReadonlyMap<number, number>): Blend {
  if (dense.size === 0) return { first: 0, weights: new Float64Array(0) }
  const first = Math.min(...dense.keys())
  const weights = new Float64Array(Math.max(...dense.keys()) - first + 1)
  for (const [at, weight] of dense) weights[at - first] = weight
  return { first, weights }
}

/** scipy's Gaussian kernel, cut at 4 sigma. */
function gaussian(sigma: number): Float64Array {
  if (sigma < 1e-15) return Float64Array.of(1)
  const reach = Math.trunc(4 * sigma + 0.5)
  const raw = Float64Array.from({ length: 2 * reach + 1 }, (_, k) => Math.exp(-0.5 * ((k - reach) / sigma) ** 2))
  const sum = raw.reduce((total, value) => total + value, 0)
  return raw.map((value) => value / sum)
}

/** Where scipy's `mirror` looks for a position beyond the edge: d c b | a b c d | c b a. */
function mirrored(position: number, length: number): number {
  if (length === 1) return 0
  const period = 2 * (length - 1)
  const inside = ((position % period) + period) % period
  return inside < length ? inside : period - inside
}

function repeated(position: number, length: number): number {
  return Math.max(0, Math.min(length - 1, position))
}
