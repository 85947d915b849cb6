import { boundsOf, middleReach } from './bounds.js'

/** Boxes in a list that is looked through whole, though at the cost of two bit operations a box. */
export interface BoxList {
  /** New boxes come, `members` of `boxes`. */
  reset(members: Int32Array, boxes: Float64Array): void
  /** Puts a slot where box `index` of the column lies now. */
  put(slot: number, column: Float64Array, index: number): void
  /**
   * Writes those of the slots whose boxes may overlap box `item` above the IoU, each plus `first`, to `found` by rising
   * number, and gives how many there are.
   */
  near(column: Float64Array, item: number, slots: SlotRange): number
}

interface SlotRange {
  readonly from: number
  /** Exclusive. */
  readonly to: number
  readonly first: number
}

interface BoxListOptions {
  readonly iou: number
  readonly found: Int32Array
}

/**
 * Cuts either axis into 32 strips, a bit each: a box has the bit of the strip that its middle lies in, or with an IoU of 0
 * those of all that it touches, and can only overlap where the bits of both axes meet those that are looked for.
 */
export function boxList(capacity: number, { iou, found }: BoxListOptions): BoxList {
  const stripsX = new Int32Array(capacity)
  const stripsY = new Int32Array(capacity)
  const [held, sought] = iou > 0 ? [0, middleReach(iou)] : [0.5, 0.5]
  let [x, y] = [stripAxis([0, 1]), stripAxis([0, 1])]
  return {
    reset(members, boxes) {
      x = stripAxis(boundsOf(members, boxes, 0))
      y = stripAxis(boundsOf(members, boxes, 1))
    },
    put(slot, column, index) {
      stripsX[slot] = x(column[index * 4] ?? 0, column[index * 4 + 2] ?? 0, held)
      stripsY[slot] = y(column[index * 4 + 1] ?? 0, column[index * 4 + 3] ?? 0, held)
    },
    near(column, item, { from, to, first }) {
      const soughtX = x(column[item * 4] ?? 0, column[item * 4 + 2] ?? 0, sought)
      const soughtY = y(column[item * 4 + 1] ?? 0, column[item * 4 + 3] ?? 0, sought)
      let count = 0
      for (let slot = from; slot < to; slot++) {
        const sharedX = (stripsX[slot] ?? 0) & soughtX
        const sharedY = (stripsY[slot] ?? 0) & soughtY
        found[count] = first + slot
        // 1 where both are not 0: a branch would be guessed wrong too often.
        count += ((sharedX | -sharedX) & (sharedY | -sharedY)) >>> 31
      }
      return count
    },
  }
}

/** The strips of an axis within `reach` times a side around the side's middle, as bits. */
type StripAxis = (low: number, high: number, reach: number) => number

function stripAxis([lowest, highest]: readonly [low: number, high: number]): StripAxis {
  const perStrip = highest > lowest ? 32 / (highest - lowest) : 0
  // For the last digits of the coordinates.
  const slack = 1e-12 * (Math.abs(lowest) + Math.abs(highest))
  return (low, high, reach) => {
    const middle = (low + high) / 2 - lowest
    const away = (high - low) * reach + slack
    const from = Math.max(0, Math.min(31, Math.floor((middle - away) * perStrip)))
    const to = Math.max(0, Math.min(31, Math.floor((middle + away) * perStrip)))
    return (-1 << from) & (-1 >>> (31 - to))
  }
}
