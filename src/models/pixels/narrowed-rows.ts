import type { Raster } from './raster.js'
import { bandRows, pairBytes, type ResampleKernels, resampleKernels } from './resample-kernels.js'
import type { AxisTaps } from './resample-taps.js'
import { memoryOf } from './wasm-instance.js'

/** The columns of the resampled image that are wanted. */
interface Columns {
  readonly left: number
  readonly width: number
}

/** What a kernel may read or write beyond the end of a row. */
const slack = 16

/**
 * The rows of an image at their new width, in the memory of the kernels: each is computed once, in bands of four, and
 * kept as long as an output row needs it. The source is copied band by band, so that it is still in the CPU's cache.
 */
export class NarrowedRows {
  readonly kernels: ResampleKernels
  readonly view: Uint8Array
  /** Distance of the rows in the memory. */
  readonly rowStride: number
  /** Where the taps of the other axis lie. */
  readonly rowTaps: number
  /** Where an output row may be written. */
  readonly outRow: number
  private readonly columnTaps: number
  private readonly band: number
  private readonly rows: number
  /** Rows that have a place. */
  private readonly capacity: number
  /** Source row that lies first, and the one that comes next. */
  private base = 0
  private next = 0

  /** `reach` source rows at most make an output row. `columns` is null where the width stays. */
  constructor(
    private readonly source: Raster,
    private readonly columns: AxisTaps | null,
    private readonly wanted: Columns,
    reach: number,
    rowTaps: Uint8Array = new Uint8Array(0),
  ) {
    const instance = resampleKernels()
    this.kernels = instance.exports
    this.rowStride = aligned(wanted.width * 3 + slack)
    this.capacity = reach * 2 + bandRows
    const columnTaps = columns?.packed ?? new Uint8Array(0)
    this.columnTaps = 0
    this.rowTaps = aligned(columnTaps.length)
    this.band = this.rowTaps + aligned(rowTaps.length)
    this.rows = this.band + aligned(source.width * 3 * bandRows + (columns?.pairs ?? 0) * 6 + slack)
    // Pairs of weights 0 read rows beyond the last.
    this.outRow = this.rows + this.rowStride * (this.capacity + reach)
    this.view = memoryOf(instance, this.outRow + this.rowStride)
    this.view.set(columnTaps, this.columnTaps)
    this.view.set(rowTaps, this.rowTaps)
  }

  /** Where source row `first` lies at its new width, with `count` - 1 more after it. Rows are asked for from the top. */
  rowsFrom(first: number, count: number): number {
    if (first >= this.next) {
      this.base = first
      this.next = first
    }
    while (this.next < first + count) {
      if (this.next + bandRows > this.base + this.capacity) this.moveUp(first)
      this.narrowBand()
      this.next += bandRows
    }
    return this.rows + (first - this.base) * this.rowStride
  }

  /** Drops the rows before `first`. */
  private moveUp(first: number): void {
    const start = this.rows + (first - this.base) * this.rowStride
    this.view.copyWithin(this.rows, start, this.rows + (this.next - this.base) * this.rowStride)
    this.base = first
  }

  private narrowBand(): void {
    const { width, height, data } = this.source
    const { columns, wanted } = this
    const stride = width * 3
    const last = Math.min(this.next + bandRows, height)
    const to = this.rows + (this.next - this.base) * this.rowStride
    if (columns === null) {
      for (let y = this.next; y < last; y++) {
        const start = y * stride + wanted.left * 3
        this.view.set(data.subarray(start, start + wanted.width * 3), to + (y - this.next) * this.rowStride)
      }
      return
    }
    this.view.set(data.subarray(this.next * stride, last * stride), this.band)
    const taps = this.columnTaps + wanted.left * columns.stride
    const end = taps + wanted.width * columns.stride
    this.kernels.narrow(taps, end, columns.pairs * pairBytes, this.band, stride, to, this.rowStride)
  }
}

/** Up to the next multiple of a vector. */
function aligned(bytes: number): number {
  return Math.ceil(bytes / 16) * 16
}
