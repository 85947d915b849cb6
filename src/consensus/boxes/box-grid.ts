import { boundsOf } from './bounds.js'
import { linkedCells } from './linked-cells.js'
import { sizeAxis } from './size-axis.js'

/** Boxes by place and size: slots 0, 1, 2 ..., each a box. */
export interface BoxGrid {
  /** Puts a slot where box `index` of the column lies now. */
  put(slot: number, column: Float64Array, index: number): void
  /**
   * Writes the slots whose boxes may overlap box `item` above the IoU, each plus `first`, to `found` and gives their number;
   * one may come twice. -1 where that is not to be had for less than looking at all that are placed.
   */
  near(column: Float64Array, item: number, placed: number): number
}

export interface BoxGridOptions {
  readonly iou: number
  readonly found: Int32Array
  readonly first: number
}

/**
 * Finds boxes above an IoU in a time that hardly depends on how many there are: only boxes of about the same width and
 * height whose middles are near can overlap so (see `sizeAxis`). A uniform grid for each power of 2 of width and height
 * keeps boxes by their middles; the cells of all of them lie in one hash.
 */
export function boxGrid(members: Int32Array, boxes: Float64Array, options: BoxGridOptions): BoxGrid {
  const { iou, found, first } = options
  const across = sizeAxis(boundsOf(members, boxes, 0), iou)
  const down = sizeAxis(boundsOf(members, boxes, 1), iou)
  const cells = linkedCells(members.length)

  function collect(cell: number, count: number): number {
    let more = count
    for (let slot = cells.head(cell); slot >= 0; slot = cells.next(slot)) found[more++] = first + slot
    return more
  }

  return {
    put(slot, column, index) {
      const at = index * 4
      const [left, top, right, bottom] = [
        column[at] ?? 0,
        column[at + 1] ?? 0,
        column[at + 2] ?? 0,
        column[at + 3] ?? 0,
      ]
      const width = across.sizeOf(left, right)
      const height = down.sizeOf(top, bottom)
      cells.put(slot, cells.at(width, height, across.cellOf(width, left, right), down.cellOf(height, top, bottom)))
    },
    near(column, item, placed) {
      across.search(column[item * 4] ?? 0, column[item * 4 + 2] ?? 0)
      down.search(column[item * 4 + 1] ?? 0, column[item * 4 + 3] ?? 0)
      if (across.cells * down.cells >= placed) return -1
      let count = 0
      for (let width = across.smallest; width <= across.largest; width++) {
        for (let height = down.smallest; height <= down.largest; height++) {
          for (let x = across.from[width] ?? 0; x <= (across.to[width] ?? 0); x++) {
            for (let y = down.from[height] ?? 0; y <= (down.to[height] ?? 0); y++) {
              count = collect(cells.at(width, height, x, y), count)
            }
          }
        }
      }
      // Two cells may share a place in the hash, so that some are found twice.
      return count > found.length ? -1 : count
    },
  }
}
