import { type Box, boxIou } from '../../../schemas/geometry.js'
import { groupRows } from '../../dataset/rows-by-image.js'

/** Rows of two decisions that belong together, and those that are left on either side, in their order. */
export interface PairedRows<Row> {
  readonly pairs: readonly (readonly [before: Row, after: Row])[]
  readonly before: readonly Row[]
  readonly after: readonly Row[]
}

/** A row with a box in pixels of the original image. */
export interface BoxedRow {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
  readonly score: number
}

/** Boxes from this IoU on are of one thing, as in COCO's AP50. */
const sameThing = 0.5

/**
 * Pairs rows of one group whose boxes overlap, the best overlap first, each row once; of equal overlaps the one with the
 * nearer score; `groupOfAfter` where groups are told otherwise on that side. The order of the rows does not matter where no two are the same.
 */
export function pairByOverlap<Row extends BoxedRow>(
  before: readonly Row[],
  after: readonly Row[],
  groupOf: (row: Row) => string,
  groupOfAfter = groupOf,
): PairedRows<Row> {
  const groups = groupRows(after, groupOfAfter)
  const candidates: { one: Row; other: Row; iou: number; gap: number }[] = []
  for (const one of before) {
    const box = boxOf(one)
    for (const other of groups.get(groupOf(one)) ?? []) {
      const iou = boxIou(box, boxOf(other))
      if (iou >= sameThing) candidates.push({ one, other, iou, gap: Math.abs(one.score - other.score) })
    }
  }
  candidates.sort((a, b) => b.iou - a.iou || a.gap - b.gap)
  const [leftBefore, leftAfter] = [new Set(before), new Set(after)]
  const pairs: (readonly [Row, Row])[] = []
  for (const { one, other } of candidates) {
    if (!leftBefore.has(one) || !leftAfter.has(other)) continue
    leftBefore.delete(one)
    leftAfter.delete(other)
    pairs.push([one, other])
  }
  return { pairs, before: [...leftBefore], after: [...leftAfter] }
}

/** Pairs rows with equal keys, one with one, in their order. */
export function pairByKey<Row>(
  before: readonly Row[],
  after: readonly Row[],
  keyOf: (row: Row) => string,
): PairedRows<Row> {
  // Taken from the end.
  const waiting = groupRows([...after].reverse(), keyOf)
  const pairs: (readonly [Row, Row])[] = []
  const left: Row[] = []
  for (const row of before) {
    const other = waiting.get(keyOf(row))?.pop()
    if (other === undefined) left.push(row)
    else pairs.push([row, other])
  }
  const paired = new Set(pairs.map(([, other]) => other))
  return { pairs, before: left, after: after.filter((row) => !paired.has(row)) }
}

export function boxOf({ x1, y1, x2, y2 }: BoxedRow): Box {
  return [x1, y1, x2, y2]
}
