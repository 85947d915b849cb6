import { FldError } from '../../../schemas/errors.js'
import { type PixelTables, planeWriter } from './plane-writer.js'
import type { Raster } from './raster.js'
import { fitInside, letterboxPad, type PixelSize, resizeRows } from './resize.js'

export type Triple = readonly [number, number, number]

/** What a model wants of its pixels: value = (byte - mean) / std. */
export interface PixelNormalisation {
  /** Order of the planes. */
  readonly order: 'RGB' | 'BGR'
  /** Per plane, in the order of the planes, on the scale 0-255. */
  readonly mean: Triple
  readonly std: Triple
}

/** Where an image goes in a tensor [N, 3, height, width]. */
export interface PixelTarget extends PixelSize {
  readonly data: Float32Array
  /** Position in the batch; 0 when absent. */
  readonly index?: number
}

/** Computes the lookup tables once per model; a table is about twice as fast as the arithmetic per pixel. */
export function pixelTables({ order, mean, std }: PixelNormalisation): PixelTables {
  const table = (plane: 0 | 1 | 2): Float32Array =>
    Float32Array.from(
      { length: 256 },
      (_, byte) => Math.fround(byte - Math.fround(mean[plane])) / Math.fround(std[plane]),
    )
  return { order, planes: [table(0), table(1), table(2)] }
}

/** Normalises a raster of the target's size, or of a smaller one at its top left, into planes (NCHW). */
export function toTensor(source: Raster, tables: PixelTables, target: PixelTarget): void {
  resizeToTensor(source, source, tables, target)
}

/**
 * Resizes (`resizeBilinear`) and normalises in one go into planes (NCHW), at the top left of the target: half the
 * memory traffic of the two steps apart. What lies outside `size` is left as it is. Throws FldError `internal` when it does not fit.
 */
export function resizeToTensor(source: Raster, size: PixelSize, tables: PixelTables, target: PixelTarget): void {
  const plane = target.width * target.height
  const start = (target.index ?? 0) * plane * 3
  if (size.width > target.width || size.height > target.height || start + plane * 3 > target.data.length) {
    throw new FldError(
      'internal',
      `${size.width}x${size.height} at ${target.index ?? 0} does not fit a tensor of ${target.width}x${target.height}`,
    )
  }
  resizeRows(source, size, planeWriter(tables, size.width, { data: target.data, start, plane, stride: target.width }))
}

/** `resizeToTensor` to fit the whole target, the rest filled with grey `pad`. Box in the tensor / scale = box in the image. */
export function letterboxToTensor(
  source: Raster,
  tables: PixelTables,
  target: PixelTarget,
  pad = letterboxPad,
): { readonly scale: number } {
  const { scale, ...size } = fitInside(source, target)
  const plane = target.width * target.height
  const start = (target.index ?? 0) * plane * 3
  tables.planes.forEach((table, channel) => {
    target.data.fill(table[pad] ?? 0, start + channel * plane, start + (channel + 1) * plane)
  })
  resizeToTensor(source, size, tables, target)
  return { scale }
}
