/** Stretch of logits that belongs to one row. */
export interface LogitsRow {
  readonly values: Float32Array
  readonly start: number
  readonly length: number
}

/** The `count` tokens of the highest logits, best first; of equal ones the lower id first. -Infinity is never among them. */
export function topTokens({ values, start, length }: LogitsRow, count: number): number[] {
  const best: number[] = []
  let threshold = Number.NEGATIVE_INFINITY
  for (let token = 0; token < length; token++) {
    const value = values[start + token] ?? 0
    if (value <= threshold) continue
    let place = best.length
    while (place > 0 && value > (values[start + (best[place - 1] ?? 0)] ?? 0)) place -= 1
    best.splice(place, 0, token)
    if (best.length > count) best.pop()
    if (best.length === count) threshold = values[start + (best[count - 1] ?? 0)] ?? 0
  }
  return best
}
