/** Counts of values in bins of equal width: what is left of any number of them in bounded memory. */
export interface Histogram {
  /** Lower edge of the first bin, upper edge of the last. What lies beyond is counted in the bin at that end. */
  readonly lowest: number
  readonly highest: number
  readonly counts: number[]
  total: number
  sum: number
}

export function newHistogram(lowest: number, highest: number, bins: number): Histogram {
  return { lowest, highest, counts: new Array<number>(bins).fill(0), total: 0, sum: 0 }
}

/** Counts one value. What is no finite number is left out. */
export function addValue(histogram: Histogram, value: number): void {
  if (!Number.isFinite(value)) return
  const { counts, lowest, highest } = histogram
  const bin = Math.floor(((value - lowest) / (highest - lowest)) * counts.length)
  const inside = Math.min(counts.length - 1, Math.max(0, bin))
  counts[inside] = (counts[inside] ?? 0) + 1
  histogram.total += 1
  histogram.sum += value
}

/** The mean of the values themselves, not of their bins; null without any. */
export function meanOf({ sum, total }: Histogram): number | null {
  return total === 0 ? null : sum / total
}

/** The value below which this share (0-1) of all lies, within the width of a bin: as if values lay evenly in their bin. Null without any. */
export function quantileOf({ counts, lowest, highest, total }: Histogram, share: number): number | null {
  if (total === 0) return null
  const width = (highest - lowest) / counts.length
  let below = 0
  for (const [bin, count] of counts.entries()) {
    if (count > 0 && below + count >= share * total) return lowest + width * (bin + (share * total - below) / count)
    below += count
  }
  return highest
}
