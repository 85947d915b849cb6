/** Boxes of one label that were placed so far, found again by where they are. */
export interface PlacedBoxes {
  /** Places box `index` of the column, or moves it after its coordinates have changed. */
  place(index: number): void
  /**
   * Writes the placed boxes that may overlap box `item` of `boxes` above the IoU to `found`, in no order, and gives
   * their number. None that does overlap so is missing.
   */
  near(boxes: Float64Array, item: number): number
  readonly found: Int32Array
}

interface PlacedBoxesOptions {
  /** x1 y1 x2 y2 each; read at `place`. */
  readonly column: Float64Array
  /** The first index that is placed; indices rise from there. */
  readonly first: number
  readonly iou: number
}

/** Below this many boxes looking at all of them costs less than a grid. */
const worthAGrid = 96

/** Finds the boxes of one label while they are fused; `members` are all that will come, as indices of `boxes`. */
export function placedBoxes(members: Int32Array, boxes: Float64Array, options: PlacedBoxesOptions): PlacedBoxes {
  if (members.length < worthAGrid || options.iou <= 0) return plainList(members.length, options.first)
  return cornerGrid(members.length, cornersOf(members, boxes), options)
}

function plainList(capacity: number, first: number): PlacedBoxes {
  const found = Int32Array.from({ length: capacity }, (_, slot) => first + slot)
  let placed = 0
  return {
    found,
    place(index) {
      placed = Math.max(placed, index - first + 1)
    },
    near: () => placed,
  }
}

/** Where the top left corners lie: lowest and highest x1, lowest and highest y1. */
interface Corners {
  readonly x: readonly [low: number, high: number]
  readonly y: readonly [low: number, high: number]
}

/**
 * A uniform grid over top left corners. Two boxes whose IoU is above t share more than t of the larger one's width, so a
 * corner left of that of a box of width w is at most w (1 - t) / t away, one right of it at most w (1 - t); likewise in
 * height. With it, fusing n boxes takes a time near to linear in n.
 */
function cornerGrid(capacity: number, corners: Corners, { column, first, iou }: PlacedBoxesOptions): PlacedBoxes {
  const side = Math.ceil(Math.sqrt(capacity))
  const cells = linkedCells(side * side, capacity)
  const found = new Int32Array(capacity)
  let placed = 0
  // A little more than the bound, for the last digits of the coordinates.
  const before = (1 - iou) / iou + 1e-6
  const after = 1 - iou + 1e-6

  return {
    found,
    place(index) {
      placed = Math.max(placed, index - first + 1)
      const row = cellAt(column[index * 4 + 1] ?? 0, corners.y, side)
      cells.put(index - first, row * side + cellAt(column[index * 4] ?? 0, corners.x, side))
    },
    near(boxes, item) {
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = boxes.subarray(item * 4, item * 4 + 4)
      const left = cellAt(x1 - (x2 - x1) * before, corners.x, side)
      const right = cellAt(x1 + (x2 - x1) * after, corners.x, side)
      const top = cellAt(y1 - (y2 - y1) * before, corners.y, side)
      const bottom = cellAt(y1 + (y2 - y1) * after, corners.y, side)
      if ((right - left + 1) * (bottom - top + 1) >= placed) {
        for (let slot = 0; slot < placed; slot++) found[slot] = first + slot
        return placed
      }
      let count = 0
      for (let row = top; row <= bottom; row++) {
        for (let cell = row * side + left; cell <= row * side + right; cell++) {
          for (let slot = cells.head(cell); slot >= 0; slot = cells.next(slot)) found[count++] = first + slot
        }
      }
      return count
    },
  }
}

/** For each cell a doubly linked list of slots, so that a slot can change its cell at once. */
function linkedCells(cellCount: number, capacity: number) {
  const heads = new Int32Array(cellCount).fill(-1)
  const nexts = new Int32Array(capacity)
  const previous = new Int32Array(capacity)
  const cellOf = new Int32Array(capacity).fill(-1)

  function unlink(slot: number, cell: number): void {
    const after = nexts[slot] ?? -1
    const before = previous[slot] ?? -1
    if (before >= 0) nexts[before] = after
    else heads[cell] = after
    if (after >= 0) previous[after] = before
  }

  return {
    head: (cell: number): number => heads[cell] ?? -1,
    next: (slot: number): number => nexts[slot] ?? -1,
    put(slot: number, cell: number): void {
      const old = cellOf[slot] ?? -1
      if (old === cell) return
      if (old >= 0) unlink(slot, old)
      const head = heads[cell] ?? -1
      nexts[slot] = head
      previous[slot] = -1
      if (head >= 0) previous[head] = slot
      heads[cell] = slot
      cellOf[slot] = cell
    },
  }
}

/** The cell of a coordinate; what lies outside falls into the nearest cell. */
function cellAt(value: number, [low, high]: readonly [number, number], side: number): number {
  const span = high - low
  const cell = span > 0 ? Math.floor(((value - low) / span) * side) : 0
  return Math.min(side - 1, Math.max(0, cell))
}

function cornersOf(members: Int32Array, boxes: Float64Array): Corners {
  const x: [number, number] = [Infinity, -Infinity]
  const y: [number, number] = [Infinity, -Infinity]
  for (const member of members) {
    const left = boxes[member * 4] ?? 0
    const top = boxes[member * 4 + 1] ?? 0
    x[0] = Math.min(x[0], left)
    x[1] = Math.max(x[1], left)
    y[0] = Math.min(y[0], top)
    y[1] = Math.max(y[1], top)
  }
  return { x, y }
}
