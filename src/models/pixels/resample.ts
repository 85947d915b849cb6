import { FldError } from '../../../schemas/errors.js'
import { NarrowedRows } from './narrowed-rows.js'
import type { Raster } from './raster.js'
import { pairBytes } from './resample-kernels.js'
import { type AxisTaps, axisTaps, type ResampleFilter } from './resample-taps.js'
import type { PixelSize, RowSink } from './resize.js'

/** A rectangle of pixels. */
export interface PixelWindow extends PixelSize {
  readonly left: number
  readonly top: number
}

/** What is made of an image. */
export interface Resampling {
  /** The whole image resampled. */
  readonly size: PixelSize
  readonly filter: ResampleFilter
  /** The part of the resampled image that is wanted; all of it when absent. Nothing else is computed. */
  readonly window?: PixelWindow
}

/**
 * Antialiased resize, byte for byte Pillow's Image.resize on 8-bit RGB (libImaging/Resample.c): weights of 22 fraction
 * bits, first along the rows, then along the columns, rounded half up and clamped to a byte after each; an axis that
 * keeps its length is left alone. Models trained with Hugging Face processors want exactly this.
 */
export function resample(source: Raster, resampling: Resampling): Raster {
  const { width, height } = resampling.window ?? resampling.size
  const data = new Uint8Array(width * height * 3)
  resampleRows(source, resampling, (row, y) => data.set(row, y * width * 3))
  return { width, height, data }
}

/**
 * `resample` row by row of the window, from its top; the sink must not resample in turn. Throws FldError `internal` for
 * sizes that cannot be.
 */
export function resampleRows(source: Raster, { size, filter, window }: Resampling, sink: RowSink): void {
  const wanted = window ?? { left: 0, top: 0, ...size }
  refuseImpossible(source, size, wanted)
  // Pillow 12 turns the order round for strips (Image.resize).
  if (source.height > source.width * 100 && size.height < source.height && size.width !== source.width) {
    const shortened = resample(source, { size: { width: source.width, height: size.height }, filter })
    resampleRows(shortened, { size, filter, window: wanted }, sink)
    return
  }
  const columns = source.width === size.width ? null : axisTaps(source.width, size.width, filter)
  if (source.height === size.height) {
    keepHeight(source, columns, wanted, sink)
    return
  }
  const rows = axisTaps(source.height, size.height, filter)
  const narrowed = new NarrowedRows(source, columns, wanted, rows.pairs * 2, rows.packed)
  const { kernels, view, rowStride, outRow, rowTaps } = narrowed
  const out = view.subarray(outRow, outRow + wanted.width * 3)
  for (let y = 0; y < wanted.height; y++) {
    const position = wanted.top + y
    const from = narrowed.rowsFrom(rows.first[position] ?? 0, rows.count[position] ?? 0)
    const pairs = rowTaps + position * rows.stride + 4
    kernels.blend(pairs, pairs + rows.pairs * pairBytes, from, rowStride, outRow, outRow + out.length)
    sink(out, y)
  }
}

function refuseImpossible(source: Raster, size: PixelSize, window: PixelWindow): void {
  const whole = [source.width, source.height, size.width, size.height, window.width, window.height]
  const inside =
    window.left >= 0 &&
    window.top >= 0 &&
    window.left + window.width <= size.width &&
    window.top + window.height <= size.height
  const positive = whole.every((side) => Number.isInteger(side) && side > 0)
  if (positive && inside && source.data.length === source.width * source.height * 3) return
  throw new FldError(
    'internal',
    `cannot resample ${source.width}x${source.height} (${source.data.length} bytes) to ${size.width}x${size.height}, ` +
      `of it ${window.width}x${window.height} at ${window.left},${window.top}`,
  )
}

function keepHeight(source: Raster, columns: AxisTaps | null, wanted: PixelWindow, sink: RowSink): void {
  const length = wanted.width * 3
  if (columns === null) {
    for (let y = 0; y < wanted.height; y++) {
      const start = ((wanted.top + y) * source.width + wanted.left) * 3
      sink(source.data.subarray(start, start + length), y)
    }
    return
  }
  const narrowed = new NarrowedRows(source, columns, wanted, 1)
  for (let y = 0; y < wanted.height; y++) {
    const from = narrowed.rowsFrom(wanted.top + y, 1)
    sink(narrowed.view.subarray(from, from + length), y)
  }
}
