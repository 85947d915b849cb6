import { type BoxGrid, boxGrid } from './box-grid.js'
import { boxList } from './box-list.js'

/** Boxes of one label that were placed so far, found again by where they are. */
export interface PlacedBoxes {
  /** Forgets all: the boxes of the next label come, `members` of `boxes`; the first to be placed has index `first`. */
  begin(members: Int32Array, boxes: Float64Array, first: number): void
  /** Places box `index` of the column, or moves it after its coordinates have changed; new indices rise one by one. */
  place(index: number): void
  /**
   * Writes the placed boxes that may overlap box `item` of `boxes` above the IoU to `found`, in no order and some twice,
   * and gives their number. None that does overlap so is missing.
   */
  near(boxes: Float64Array, item: number): number
  /** The same of index `since` and later, by rising index, each once. */
  nearSince(since: number, boxes: Float64Array, item: number): number
  readonly found: Int32Array
}

interface PlacedBoxesOptions {
  /** x1 y1 x2 y2 each; read at `place`. */
  readonly column: Float64Array
  /** How many boxes of one label are placed at most. */
  readonly capacity: number
  readonly iou: number
}

/** From this many boxes on a list costs less than looking at all of them, and a grid less than a list. */
const [worthAList, worthAGrid] = [32, 1000]

/** Finds the boxes of one label while they are fused, label after label. */
export function placedBoxes({ column, capacity, iou }: PlacedBoxesOptions): PlacedBoxes {
  const found = new Int32Array(capacity)
  const list = boxList(capacity, { iou, found })
  let grid: BoxGrid | null = null
  let listed = false
  let first = 0
  let placed = 0

  const near = (since: number, boxes: Float64Array, item: number): number => {
    if (listed) return list.near(boxes, item, { from: since - first, to: placed, first })
    const count = grid === null ? -1 : grid.near(boxes, item, placed)
    if (count >= 0) return count
    for (let index = since; index < first + placed; index++) found[index - since] = index
    return first + placed - since
  }

  return {
    found,
    begin(members, boxes, from) {
      first = from
      placed = 0
      grid = members.length < worthAGrid || !(iou > 0) ? null : boxGrid(members, boxes, { iou, found, first })
      listed = grid === null && members.length >= worthAList
      if (listed) list.reset(members, boxes)
    },
    place(index) {
      const slot = index - first
      if (slot === placed) placed++
      if (listed) list.put(slot, column, index)
      else if (grid !== null) grid.put(slot, column, index)
    },
    near: (boxes, item) => near(first, boxes, item),
    nearSince(since, boxes, item) {
      const count = near(since, boxes, item)
      return grid === null ? count : sortDistinct(found.subarray(0, count), since)
    },
  }
}

/** Sorts numbers in their place; gives how many distinct ones from `lowest` on then stand first. */
function sortDistinct(numbers: Int32Array, lowest: number): number {
  numbers.sort()
  let distinct = 0
  for (let at = 0; at < numbers.length; at++) {
    const number = numbers[at] ?? 0
    if (number >= lowest && (distinct === 0 || number !== numbers[distinct - 1])) numbers[distinct++] = number
  }
  return distinct
}
