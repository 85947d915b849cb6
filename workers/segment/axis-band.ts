/**
 * One axis of a linear resize: position i of the result is the sum of `taps` source positions from first[i] on, weighted
 * with weights[i * taps] and those after it. `first` never falls; weights are 0 or more and sum to 1, so that a result lies
 * between the values that it is made of.
 */
export interface AxisBand {
  readonly length: number
  readonly taps: number
  readonly first: Int32Array
  readonly weights: Float64Array
}

/** Bilinear without antialias on pixel centres, as torch's interpolate(mode='bilinear', align_corners=False), in its float32 places. */
export function bilinearAxis(from: number, to: number): AxisBand {
  const taps = Math.min(2, from)
  const first = new Int32Array(to)
  const weights = new Float64Array(to * taps)
  const scale = Math.fround(from / to)
  for (let i = 0; i < to; i++) {
    const place = Math.max(0, Math.fround(Math.fround(scale * (i + 0.5)) - 0.5))
    const before = Math.min(Math.floor(place), from - 1)
    // At the far end the last position stands alone.
    first[i] = Math.min(before, from - taps)
    const share = before + 1 < from ? Math.fround(place - before) : 0
    const at = i * taps + before - (first[i] ?? 0)
    weights[at] = 1 - share
    if (share > 0) weights[at + 1] = share
  }
  return { length: to, taps, first, weights }
}

/** Both resizes as one: `next` takes the first positions of what `band` makes, as many as it needs; the others are cropped away. */
export function thenResized(band: AxisBand, next: AxisBand, from: number): AxisBand {
  const spans = Array.from({ length: next.length }, (_, i) => {
    const start = band.first[next.first[i] ?? 0] ?? 0
    return { start, end: (band.first[(next.first[i] ?? 0) + next.taps - 1] ?? 0) + band.taps }
  })
  const taps = spans.reduce((most, { start, end }) => Math.max(most, end - start), 1)
  const first = Int32Array.from(spans, ({ start }) => Math.min(start, from - taps))
  const weights = new Float64Array(next.length * taps)
  for (let i = 0; i < next.length; i++) {
    for (let k = 0; k < next.taps; k++) {
      const between = (next.first[i] ?? 0) + k
      const weight = next.weights[i * next.taps + k] ?? 0
      const to = i * taps + (band.first[between] ?? 0) - (first[i] ?? 0)
      for (let j = 0; j < band.taps; j++) {
        weights[to + j] = (weights[to + j] ?? 0) + weight * (band.weights[between * band.taps + j] ?? 0)
      }
    }
  }
  return { length: next.length, taps, first, weights }
}
