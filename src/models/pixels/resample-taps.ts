import { lowerBits, pairBytes, weightBits } from './resample-kernels.js'
import { TableCache } from './table-cache.js'

/** How a resample weighs the source pixels around a position. */
export type ResampleFilter = 'nearest' | 'lanczos' | 'bilinear' | 'bicubic' | 'box' | 'hamming'

/** For each position of a resampled axis the source positions that it is made of. */
export interface AxisTaps {
  /** First source position. */
  readonly first: Int32Array
  /** How many source positions follow one another from there. */
  readonly count: Int32Array
  /** Pairs of weights that each position has, the rest of them 0. */
  readonly pairs: number
  /** Bytes of a position in `packed`: the offset of its first pixel in a row of RGB bytes, then its pairs of weights. */
  readonly stride: number
  /** As the kernels read it. */
  readonly packed: Uint8Array
}

interface Kernel {
  /** Half its width in source pixels where nothing shrinks. */
  readonly support: number
  weigh(distance: number): number
}

const kernels: Readonly<Record<Exclude<ResampleFilter, 'nearest'>, Kernel>> = {
  box: { support: 0.5, weigh: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weigh: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { support: 1, weigh: hamming },
  bicubic: { support: 2, weigh: bicubic },
  lanczos: { support: 3, weigh: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
}

function hamming(x: number): number {
  const angle = Math.abs(x) * Math.PI
  if (angle === 0) return 1
  return angle >= Math.PI ? 0 : (Math.sin(angle) / angle) * (Math.fround(0.54) + Math.fround(0.46) * Math.cos(angle))
}

/** Keys' cubic with a = -0.5. */
function bicubic(x: number): number {
  const d = Math.abs(x)
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1
  return d < 2 ? (((d - 5) * d + 8) * d - 4) * -0.5 : 0
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI)
}

const tables = new TableCache<AxisTaps>(256)

/**
 * The taps of an axis resampled from `from` to `to` pixels; kept, since the same sizes come again. As Pillow computes
 * them (libImaging/Resample.c, precompute_coeffs): the filter is widened by the scale where the axis shrinks, weights
 * sum to 1 and are rounded half away from 0.
 */
export function axisTaps(from: number, to: number, filter: ResampleFilter): AxisTaps {
  return tables.get(`${filter}:${from}>${to}`, () =>
    filter === 'nearest' ? nearestTaps(from, to) : filterTaps(from, to, kernels[filter]),
  )
}

interface Tap {
  readonly first: number
  readonly weights: readonly number[]
}

function filterTaps(from: number, to: number, { support, weigh }: Kernel): AxisTaps {
  const scale = from / to
  const widening = Math.max(scale, 1)
  const reach = support * widening
  const taps = Array.from({ length: to }, (_, i): Tap => {
    const centre = (i + 0.5) * scale
    const first = Math.max(0, Math.trunc(centre - reach + 0.5))
    const end = Math.min(from, Math.trunc(centre + reach + 0.5))
    const raw: number[] = []
    // One after the other and not in pairs: the sum is to round as Pillow's does.
    let sum = 0
    for (let x = first; x < end; x++) {
      const weight = weigh((x - centre + 0.5) * (1 / widening))
      raw.push(weight)
      sum += weight
    }
    return trimmed(
      first,
      raw.map((weight) => fixedPoint(sum === 0 ? weight : weight / sum)),
    )
  })
  return packedTaps(taps)
}

function fixedPoint(weight: number): number {
  const scaled = weight * 2 ** weightBits
  return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
}

/** Weights of 0 at either end would only cost time. */
function trimmed(first: number, weights: readonly number[]): Tap {
  const start = weights.findIndex((weight) => weight !== 0)
  if (start < 0) return { first, weights: [0] }
  return { first: first + start, weights: weights.slice(start, weights.findLastIndex((weight) => weight !== 0) + 1) }
}

/** Pillow's position of a pixel grows by the scale from pixel to pixel (libImaging/Geometry.c, ImagingScaleAffine). */
function nearestTaps(from: number, to: number): AxisTaps {
  const scale = from / to
  const taps: Tap[] = []
  for (let i = 0, position = scale * 0.5; i < to; i++, position += scale) {
    taps.push({ first: Math.min(from - 1, Math.trunc(position)), weights: [2 ** weightBits] })
  }
  return packedTaps(taps)
}

function packedTaps(taps: readonly Tap[]): AxisTaps {
  const pairs = Math.ceil(Math.max(...taps.map(({ weights }) => weights.length)) / 2)
  const stride = 4 + pairs * pairBytes
  const packed = new Uint8Array(taps.length * stride)
  const view = new DataView(packed.buffer)
  taps.forEach(({ first, weights }, i) => {
    view.setInt32(i * stride, first * 3, true)
    weights.forEach((weight, k) => {
      const at = i * stride + 4 + (k >> 1) * pairBytes + (k % 2) * 2
      view.setInt16(at, weight >> lowerBits, true)
      view.setInt16(at + 4, weight & (2 ** lowerBits - 1), true)
    })
  })
  return {
    first: Int32Array.from(taps, ({ first }) => first),
    count: Int32Array.from(taps, ({ weights }) => weights.length),
    pairs,
    stride,
    packed,
  }
}
