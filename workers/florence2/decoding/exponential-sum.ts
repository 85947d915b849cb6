/** Steps of 2^x between two powers of two, tabulated. */
const stepsPerOctave = 256
const octaves = 48
const stepsPerUnit = stepsPerOctave * Math.LOG2E
const unitsPerStep = 1 / stepsPerUnit
const powers = Float64Array.from({ length: octaves * stepsPerOctave }, (_, step) => 2 ** (-step / stepsPerOctave))
/** Below the maximum by more than this, all tokens of a vocabulary together change no float32 digit. */
const negligible = 32

/** The highest of some values, and the logarithm of the sum of their exponentials. */
export interface ExponentialSum {
  readonly max: number
  readonly logSum: number
}

/**
 * Over `length` values from `start` on. Exact to 1e-7: each exponential is the table's plus a second-order rest, several
 * times faster than Math.exp over a vocabulary of 51,289 and within twice the time of WebAssembly's vectors. NaN among the
 * values makes `logSum` NaN.
 */
export function exponentialSum(values: Float32Array, start: number, length: number): ExponentialSum {
  const end = start + length
  let max = Number.NEGATIVE_INFINITY
  for (let i = start; i < end; i++) {
    const value = values[i] ?? 0
    if (value > max) max = value
  }
  let sum = 0
  for (let i = start; i < end; i++) {
    const below = max - (values[i] ?? 0)
    if (below > negligible) continue
    const step = (below * stepsPerUnit) | 0
    const rest = step * unitsPerStep - below
    sum += (powers[step] ?? 0) * (1 + rest * (1 + 0.5 * rest))
  }
  return { max, logSum: max + Math.log(sum) }
}
