/** Lowest and highest coordinate of some boxes of a column along x (axis 0) or y (axis 1). */
export function boundsOf(members: Int32Array, boxes: Float64Array, axis: 0 | 1): [low: number, high: number] {
  let low = Infinity
  let high = -Infinity
  for (let at = 0; at < members.length; at++) {
    const corner = (members[at] ?? 0) * 4 + axis
    low = Math.min(low, boxes[corner] ?? 0)
    high = Math.max(high, boxes[corner + 2] ?? 0)
  }
  return [low, high]
}

/**
 * How far apart the middles of two sides may be, by the length of either, if the boxes' IoU is above t: they share more
 * than t of the longer one, which is at most 1/t times the shorter.
 */
export function middleReach(iou: number): number {
  return (1 - iou) * Math.max(1, 1 / (2 * iou))
}
