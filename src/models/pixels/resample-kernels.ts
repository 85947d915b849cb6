import { type Code, type WasmFunction, wasm } from './wasm-assembler.js'
import { instantiate, type WasmInstance } from './wasm-instance.js'

const { add, add32, constant, dot16, get, lessThan, load, load32, load32Splat, loop, set, shiftLeft32, shiftRight32 } =
  wasm
const { bytes, extendHigh8, extendLow8, narrow16, narrow32, shuffle, splat32, store, store32Lane, swizzle } = wasm

/** Rows that `narrow` works on at a time: each weight is loaded once for all of them. */
export const bandRows = 4

/** Fraction bits of a weight: 32 less 8 of the pixel and 2 for weights below 0 and above 1. */
export const weightBits = 22

/** Fraction bits in the lower part of a weight: the two parts fit 16 bits, and products of pairs can be summed. */
export const lowerBits = 11

/** Bytes of a pair of weights: the upper parts of the two, then the lower parts. */
export const pairBytes = 8

/** The inner loops of the resampler. All positions and lengths are bytes of the memory. */
export interface ResampleKernels {
  /**
   * Four rows of RGB pixels that lie `sourceStride` apart at `source`, to four rows `outStride` apart at `out`. For each
   * output pixel `taps` has the offset of its first source pixel (32 bits) and `pairs` pairs of weights. Writes 1 byte
   * more than the row, reads up to 16 more.
   */
  narrow(
    taps: number,
    end: number,
    pairs: number,
    source: number,
    sourceStride: number,
    out: number,
    outStride: number,
  ): void
  /** Blends rows that lie `stride` apart at `rows`, two for each pair of weights of `pairs`..`end`, 16 bytes at a time. */
  blend(pairs: number, end: number, rows: number, stride: number, out: number, outEnd: number): void
}

let instance: WasmInstance<ResampleKernels> | undefined

/**
 * The kernels and the memory that they work in, one of each in a thread: nothing in there outlives a call. Plain
 * TypeScript with the same arithmetic takes 8 times as long on a photograph of 12 megapixels.
 */
export function resampleKernels(): WasmInstance<ResampleKernels> {
  instance ??= instantiate<ResampleKernels>([narrowFunction(), blendFunction()])
  return instance
}

/** Upper and lower sums put together, rounded half up and without their fraction. */
function wholeSums(upper: number, lower: number): Code {
  const sum = add32(shiftLeft32(get(upper), constant(lowerBits)), get(lower))
  const half = splat32(constant(1 << (weightBits - 1)))
  return shiftRight32(add32(sum, half), constant(weightBits))
}

/** Adds products of byte pairs (16 bits each) with the pair of weights to an upper and a lower sum. */
function addProducts(values: Code, weights: { upper: number; lower: number }, sums: readonly [number, number]): Code {
  const [upper, lower] = sums
  return [
    ...set(upper, add32(get(upper), dot16(values, get(weights.upper)))),
    ...set(lower, add32(get(lower), dot16(values, get(weights.lower)))),
  ]
}

const zero = bytes(Array<number>(16).fill(0))
const none = 0x80
/** Two neighbouring RGB pixels as pairs of 16 bits: red and red, green and green, blue and blue. */
const pixelPairs = bytes([0, none, 3, none, 1, none, 4, none, 2, none, 5, none, none, none, none, none])

function narrowFunction(): WasmFunction {
  const [taps, end, pairs, source, sourceStride, out, outStride] = [0, 1, 2, 3, 4, 5, 6] as const
  const [pixel, pairsEnd, row] = [7, 8, 9] as const
  const weights = { upper: 10, lower: 11 }
  const pair = 12
  const sums = [
    [13, 14],
    [15, 16],
    [17, 18],
    [19, 20],
  ] as const
  const onePair = [
    ...set(weights.upper, load32Splat(get(taps))),
    ...set(weights.lower, load32Splat(get(taps), 4)),
    ...set(row, get(pixel)),
    ...sums.flatMap((pairOfSums, index) => [
      ...set(pair, swizzle(load(get(row)), pixelPairs)),
      ...addProducts(get(pair), weights, pairOfSums),
      ...(index < sums.length - 1 ? set(row, add(get(row), get(sourceStride))) : []),
    ]),
    ...set(taps, add(get(taps), constant(pairBytes))),
    ...set(pixel, add(get(pixel), constant(6))),
  ]
  const rounded = sums.map(([upper, lower]) => wholeSums(upper, lower))
  const [first = zero, second = zero, third = zero, fourth = zero] = rounded
  const onePixel = [
    ...set(pixel, add(get(source), load32(get(taps)))),
    ...set(taps, add(get(taps), constant(4))),
    ...set(pairsEnd, add(get(taps), get(pairs))),
    ...sums.flat().flatMap((sum) => set(sum, zero)),
    ...loop(onePair, lessThan(get(taps), get(pairsEnd))),
    // Saturation to a byte is the clamping.
    ...set(pair, narrow16(narrow32(first, second), narrow32(third, fourth))),
    ...set(row, get(out)),
    ...sums.flatMap((_, lane) => [
      ...store32Lane(get(row), get(pair), lane),
      ...set(row, add(get(row), get(outStride))),
    ]),
    ...set(out, add(get(out), constant(3))),
  ]
  const body = loop(onePixel, lessThan(get(taps), get(end)))
  return { name: 'narrow', parameters: 7, integers: 3, vectors: 11, body }
}

/** The first or the last eight bytes of two vectors in turn. */
const interleaved = (from: 0 | 8): number[] => Array.from({ length: 16 }, (_, i) => from + (i >> 1) + (i % 2) * 16)

function blendFunction(): WasmFunction {
  const [pairs, end, rows, stride, out, outEnd] = [0, 1, 2, 3, 4, 5] as const
  const [at, row] = [6, 7] as const
  const weights = { upper: 8, lower: 9 }
  const [upperRow, lowerRow, both, values] = [10, 11, 12, 13] as const
  const sums = [
    [14, 15],
    [16, 17],
    [18, 19],
    [20, 21],
  ] as const
  const half = (from: 0 | 8): Code => [
    ...set(both, shuffle(get(upperRow), get(lowerRow), interleaved(from))),
    ...set(values, extendLow8(get(both))),
    ...addProducts(get(values), weights, sums[from / 4] ?? sums[0]),
    ...set(values, extendHigh8(get(both))),
    ...addProducts(get(values), weights, sums[from / 4 + 1] ?? sums[1]),
  ]
  const onePair = [
    ...set(weights.upper, load32Splat(get(at))),
    ...set(weights.lower, load32Splat(get(at), 4)),
    ...set(upperRow, load(get(row))),
    ...set(row, add(get(row), get(stride))),
    ...set(lowerRow, load(get(row))),
    ...set(row, add(get(row), get(stride))),
    ...half(0),
    ...half(8),
    ...set(at, add(get(at), constant(pairBytes))),
  ]
  const rounded = sums.map(([upper, lower]) => wholeSums(upper, lower))
  const [first = zero, second = zero, third = zero, fourth = zero] = rounded
  const oneVector = [
    ...set(at, get(pairs)),
    ...set(row, get(rows)),
    ...sums.flat().flatMap((sum) => set(sum, zero)),
    ...loop(onePair, lessThan(get(at), get(end))),
    ...store(get(out), narrow16(narrow32(first, second), narrow32(third, fourth))),
    ...set(rows, add(get(rows), constant(16))),
    ...set(out, add(get(out), constant(16))),
  ]
  const body = loop(oneVector, lessThan(get(out), get(outEnd)))
  return { name: 'blend', parameters: 6, integers: 2, vectors: 14, body }
}
