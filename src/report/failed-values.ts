import { addValue, type Histogram, newHistogram, quantileOf } from './histogram.js'

/** What one of the values that a rule stopped things with was, over all that it stopped. */
export interface FailedValue {
  readonly name: string
  readonly count: number
  readonly lowest: number
  readonly highest: number
  readonly mean: number
  /** How often each value, smallest first, where there were few; a threshold is one. Null where there were more. */
  readonly values: readonly { readonly value: number; readonly count: number }[] | null
  /** Of values between 0 and 1, as scores and overlaps are; null of others. */
  readonly histogram: Histogram | null
}

/** More different values than this are told by their distribution. */
const fewValues = 8

/** What has been seen of one value so far: bounded, however many things were stopped. */
export interface ValueSums {
  count: number
  lowest: number
  highest: number
  sum: number
  /** Null once there were too many to tell one by one. */
  values: Map<number, number> | null
  readonly histogram: Histogram
}

export function newValueSums(): ValueSums {
  return {
    count: 0,
    lowest: Number.POSITIVE_INFINITY,
    highest: Number.NEGATIVE_INFINITY,
    sum: 0,
    values: new Map(),
    histogram: newHistogram(0, 1, 20),
  }
}

export function addFailedValue(sums: ValueSums, value: number): void {
  sums.count += 1
  sums.sum += value
  sums.lowest = Math.min(sums.lowest, value)
  sums.highest = Math.max(sums.highest, value)
  addValue(sums.histogram, value)
  if (sums.values === null) return
  sums.values.set(value, (sums.values.get(value) ?? 0) + 1)
  if (sums.values.size > fewValues) sums.values = null
}

export function failedValue(name: string, sums: ValueSums): FailedValue {
  const { count, lowest, highest, sum, values, histogram } = sums
  const counted = values && [...values].sort(([a], [b]) => a - b).map(([value, times]) => ({ value, count: times }))
  const unit = lowest >= 0 && highest <= 1
  return { name, count, lowest, highest, mean: sum / count, values: counted, histogram: unit ? histogram : null }
}

/** The same for all that was stopped: a threshold. */
export function isConstant({ lowest, highest }: FailedValue): boolean {
  return lowest === highest
}

/** `needed 2`, `votes 0 x 12, 1 x 80`, `score .02-.299 (median .11)`. */
export function failedValueText(value: FailedValue): string {
  const { name, lowest, highest, values, histogram } = value
  if (isConstant(value)) return `${name} ${short(lowest)}`
  if (values !== null) return `${name} ${values.map((each) => `${short(each.value)} x ${each.count}`).join(', ')}`
  const median = histogram === null ? null : quantileOf(histogram, 0.5)
  return `${name} ${short(lowest)} to ${short(highest)}${median === null ? `, mean ${short(value.mean)}` : `, median ${short(median)}`}`
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)))
}
