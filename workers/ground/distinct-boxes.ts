import { type Box, boxIou } from '../../schemas/geometry.js'

/** A scored box and what it is of: only boxes of the same key compete. */
export interface ScoredBox {
  readonly key: string
  readonly score: number
  readonly box: Box
}

export interface DistinctOptions {
  /** The image. */
  readonly width: number
  readonly height: number
  /** A box above this IoU with a better one of its key goes; null keeps all. */
  readonly nms_iou: number | null
  readonly most: number
}

/** Boxes clipped to the image, empty ones dropped; greedy non-maximum suppression within each key; best first, at most `most`. */
export function distinctBoxes<T extends ScoredBox>(found: readonly T[], options: DistinctOptions): T[] {
  const { width, height, nms_iou, most } = options
  const inside = found
    .map((each) => ({ ...each, box: clip(each.box, width, height) }))
    // Also false for boxes that are not numbers.
    .filter(({ box: [x1, y1, x2, y2] }) => x2 > x1 && y2 > y1)
  inside.sort((a, b) => b.score - a.score)
  const kept: T[] = []
  for (const next of inside) {
    if (kept.length === most) break
    const rival =
      nms_iou !== null && kept.some((better) => better.key === next.key && boxIou(better.box, next.box) > nms_iou)
    if (!rival) kept.push(next)
  }
  return kept
}

function clip([x1, y1, x2, y2]: Box, width: number, height: number): Box {
  const within = (value: number, most: number): number => Math.min(most, Math.max(0, value))
  return [within(x1, width), within(y1, height), within(x2, width), within(y2, height)]
}
