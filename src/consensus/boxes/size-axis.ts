import { middleReach } from './bounds.js'

/** One axis of a grid of boxes in which every size has cells of its own: sides from `low` to `high`, sizes by powers of 2. */
export interface SizeAxis {
  /** The size of a side. */
  sizeOf(low: number, high: number): number
  /** The cell of that size in which the middle of the side lies. */
  cellOf(size: number, low: number, high: number): number
  /** Looks where the sides are that may share more than the IoU with this one; the fields below then tell. */
  search(low: number, high: number): void
  /** Smallest and largest size to look at. */
  readonly smallest: number
  readonly largest: number
  /** First and last cell to look at, by size. */
  readonly from: Int32Array
  readonly to: Int32Array
  /** How many cells that is. */
  readonly cells: number
}

/** The side of a cell by the smallest side of a box in it, times 1 - IoU: fewer cells, or fewer boxes in each. */
const cellSpread = 3
/** How many powers of 2 are told from one another below the extent; smaller sides count as the smallest. */
const sizes = 27

/** Of two boxes with an IoU above t, each side of one is between t and 1/t times that of the other, and near (`middleReach`). */
export function sizeAxis([lowest, highest]: readonly [low: number, high: number], iou: number): SizeAxis {
  const extent = highest > lowest ? highest - lowest : 1
  const finest = extent / 2 ** (sizes - 1)
  const perCell = Float64Array.from(
    { length: sizes },
    (_, size) => 1 / (finest * 2 ** size * cellSpread * Math.max(0.05, 1 - iou)),
  )
  const largest = 2 ** (sizes - 1)
  const reach = middleReach(iou)
  // For the last digits of the coordinates.
  const slack = 1e-12 * (Math.abs(lowest) + Math.abs(highest))
  // The highest bit tells the power of 2.
  const sizeOfSide = (side: number): number => 31 - Math.clz32(Math.min(largest, Math.max(1, side / finest)))
  const axis = {
    smallest: 0,
    largest: 0,
    from: new Int32Array(sizes),
    to: new Int32Array(sizes),
    cells: 0,
    sizeOf: (low: number, high: number) => sizeOfSide(high - low),
    cellOf: (size: number, low: number, high: number) => Math.floor(((low + high) / 2 - lowest) * (perCell[size] ?? 0)),
    search(low: number, high: number) {
      const side = high - low
      const middle = (low + high) / 2 - lowest
      const away = side * reach + slack
      axis.smallest = sizeOfSide(side * iou * (1 - 1e-9))
      axis.largest = sizeOfSide((side / iou) * (1 + 1e-9))
      axis.cells = 0
      for (let size = axis.smallest; size <= axis.largest; size++) {
        const from = Math.floor((middle - away) * (perCell[size] ?? 0))
        const to = Math.floor((middle + away) * (perCell[size] ?? 0))
        axis.from[size] = from
        axis.to[size] = to
        axis.cells += to - from + 1
      }
    },
  }
  return axis
}
