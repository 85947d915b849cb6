/** A binary heap in `items` itself: the one with the highest score leads, of equal ones the one with the lowest number. */
export function heapByScore(items: Int32Array, scores: Float64Array): void {
  for (let at = (items.length >> 1) - 1; at >= 0; at--) sink(items, items.length, at, scores)
}

/** Lets the item at a place, whose score has become lower, sink below all that lead it. */
export function sink(items: Int32Array, size: number, from: number, scores: Float64Array): void {
  const item = items[from] ?? -1
  let at = from
  for (let child = 2 * at + 1; child < size; child = 2 * at + 1) {
    if (child + 1 < size && leads(items[child + 1] ?? -1, items[child] ?? -1, scores)) child++
    const leader = items[child] ?? -1
    if (!leads(leader, item, scores)) break
    items[at] = leader
    at = child
  }
  items[at] = item
}

function leads(a: number, b: number, scores: Float64Array): boolean {
  const lead = (scores[a] ?? 0) - (scores[b] ?? 0)
  return lead > 0 || (lead === 0 && a < b)
}
