/** Slots in cells; a slot can change its cell at once. */
export interface LinkedCells {
  /** Where the cell of a column and row of a grid is kept; each pair of sizes has a grid of its own. Two cells may share a place. */
  at(width: number, height: number, column: number, row: number): number
  put(slot: number, cell: number): void
  /** First slot of a cell and the one after a slot; -1 at the end. */
  head(cell: number): number
  next(slot: number): number
}

/** A hash of cells, twice as many as slots or more; each has a doubly linked list of its slots. */
export function linkedCells(slots: number): LinkedCells {
  const places = 2 << Math.ceil(Math.log2(Math.max(1, slots)))
  const heads = new Int32Array(places).fill(-1)
  const nexts = new Int32Array(slots)
  const previous = new Int32Array(slots)
  const cellOf = new Int32Array(slots).fill(-1)

  function unlink(slot: number, cell: number): void {
    const after = nexts[slot] ?? -1
    const before = previous[slot] ?? -1
    if (before >= 0) nexts[before] = after
    else heads[cell] = after
    if (after >= 0) previous[after] = before
  }

  return {
    at(width, height, column, row) {
      // Odd factors from the golden ratio and the primes of spatial hashing (Teschner et al., VMV 2003).
      const mixed = Math.imul(column, 73856093) ^ Math.imul(row, 19349663) ^ Math.imul(width * 32 + height, 83492791)
      return (Math.imul(mixed, 0x9e3779b1) >>> 8) & (places - 1)
    },
    head: (cell) => heads[cell] ?? -1,
    next: (slot) => nexts[slot] ?? -1,
    put(slot, cell) {
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
