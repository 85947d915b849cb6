import type { Raster } from '../../../src/models/pixels/raster.js'
import type { PixelSize } from '../../../src/models/pixels/resize.js'

type Filter = 'bilinear' | 'bicubic'

interface Taps {
  readonly first: number
  readonly weights: readonly number[]
}

const supports = { bilinear: 1, bicubic: 2 }

function weigh(filter: Filter, x: number): number {
  const d = Math.abs(x)
  if (filter === 'bilinear') return d < 1 ? 1 - d : 0
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1
  return d < 2 ? (((d - 5) * d + 8) * d - 4) * -0.5 : 0
}

function tapsOf(from: number, to: number, filter: Filter): Taps[] {
  const scale = from / to
  const wide = Math.max(scale, 1)
  const support = supports[filter] * wide
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale
    const first = Math.max(0, Math.trunc(centre - support + 0.5))
    const end = Math.min(from, Math.trunc(centre + support + 0.5))
    const raw = Array.from({ length: end - first }, (_, k) => weigh(filter, (first + k - centre + 0.5) * (1 / wide)))
    const sum = raw.reduce((total, weight) => total + weight, 0)
    const weights = raw.map((weight) => Math.trunc((weight / sum) * 2 ** 22 + (weight / sum < 0 ? -0.5 : 0.5)))
    return { first, weights }
  })
}

function blend(bytes: Uint8Array, start: number, step: number, weights: readonly number[]): number {
  const sum = weights.reduce((total, weight, k) => total + weight * (bytes[start + k * step] ?? 0), 2 ** 21)
  return Math.max(0, Math.min(255, Math.floor(sum / 2 ** 22)))
}

/** Pillow's 8-bit resample in the plainest form, to hold the fast one against: rows first, then columns. */
export function pillowResample(source: Raster, size: PixelSize, filter: Filter): Raster {
  const rows = size.width === source.width ? source : resampleRowsPlainly(source, size.width, filter)
  if (size.height === rows.height) return rows
  const data = new Uint8Array(size.width * size.height * 3)
  const stride = size.width * 3
  tapsOf(rows.height, size.height, filter).forEach(({ first, weights }, y) => {
    for (let i = 0; i < stride; i++) data[y * stride + i] = blend(rows.data, first * stride + i, stride, weights)
  })
  return { ...size, data }
}

function resampleRowsPlainly({ width, height, data }: Raster, to: number, filter: Filter): Raster {
  const out = new Uint8Array(to * height * 3)
  const taps = tapsOf(width, to, filter)
  for (let y = 0; y < height; y++) {
    taps.forEach(({ first, weights }, x) => {
      for (let c = 0; c < 3; c++) out[(y * to + x) * 3 + c] = blend(data, (y * width + first) * 3 + c, 3, weights)
    })
  }
  return { width: to, height, data: out }
}
