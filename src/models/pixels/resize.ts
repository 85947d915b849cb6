import { FldError } from '../../../schemas/errors.js'
import type { Raster } from './raster.js'
import { axisTable, blendRows, scaleRow } from './resize-arithmetic.js'

/** Width and height in pixels. */
export interface PixelSize {
  readonly width: number
  readonly height: number
}

/** Takes one finished row, width * 3 bytes; the array is used again for the next row. */
export type RowSink = (row: Uint8Array, y: number) => void

/**
 * Bilinear resize without antialias, byte for byte what OpenCV's cv::resize with INTER_LINEAR makes of 8-bit images
 * (modules/imgproc/src/resize.cpp: 11-bit coefficients, two rounding shifts; halving averages 2x2). Detectors trained
 * with OpenCV want exactly this: an antialiased resize moves single scores by up to 0.5.
 */
export function resizeBilinear(source: Raster, size: PixelSize): Raster {
  const data = new Uint8Array(size.width * size.height * 3)
  resizeRows(source, size, (row, y) => data.set(row, y * size.width * 3))
  return { ...size, data }
}

/** The size of an image scaled to fit into a frame, sides rounded, never below 1; and its one scale factor. */
export function fitInside(source: PixelSize, frame: PixelSize): PixelSize & { readonly scale: number } {
  const scale = Math.min(frame.width / source.width, frame.height / source.height)
  return {
    width: Math.max(1, Math.round(source.width * scale)),
    height: Math.max(1, Math.round(source.height * scale)),
    scale,
  }
}

/** Fits an image into a frame at the top left; the rest is grey 114. Box in the frame / scale = box in the image. */
export function letterbox(source: Raster, frame: PixelSize, pad = letterboxPad): { raster: Raster; scale: number } {
  const { scale, ...size } = fitInside(source, frame)
  const data = new Uint8Array(frame.width * frame.height * 3).fill(pad)
  resizeRows(source, size, (row, y) => data.set(row, y * frame.width * 3))
  return { raster: { width: frame.width, height: frame.height, data }, scale }
}

/** The grey that YOLOX pads with. */
export const letterboxPad = 114

/** `resizeBilinear` row by row, so that the next step finds the row in the CPU's cache and needs no image in between. */
export function resizeRows(source: Raster, size: PixelSize, sink: RowSink): void {
  if (!isSize(source) || !isSize(size) || source.data.length !== source.width * source.height * 3) {
    throw new FldError(
      'internal',
      `cannot resize ${source.width}x${source.height} (${source.data.length} bytes) to ${size.width}x${size.height}`,
    )
  }
  if (source.width === size.width && source.height === size.height) copyRows(source, sink)
  else if (source.width === size.width * 2 && source.height === size.height * 2) halveRows(source, size, sink)
  else interpolateRows(source, size, sink)
}

function isSize({ width, height }: PixelSize): boolean {
  return Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0
}

function copyRows({ width, height, data }: Raster, sink: RowSink): void {
  for (let y = 0; y < height; y++) sink(data.subarray(y * width * 3, (y + 1) * width * 3), y)
}

/** OpenCV gives exact halving to its area resize: the rounded mean of 2x2 pixels. */
function halveRows({ data, width }: Raster, size: PixelSize, sink: RowSink): void {
  const stride = width * 3
  const row = new Uint8Array(size.width * 3)
  for (let y = 0; y < size.height; y++) {
    let corner = y * 2 * stride
    for (let x = 0; x < row.length; x += 3, corner += 6) {
      for (let c = 0; c < 3; c++) {
        const at = corner + c
        const upper = (data[at] ?? 0) + (data[at + 3] ?? 0)
        const lower = (data[at + stride] ?? 0) + (data[at + stride + 3] ?? 0)
        row[x + c] = (upper + lower + 2) >> 2
      }
    }
    sink(row, y)
  }
}

function interpolateRows(source: Raster, size: PixelSize, sink: RowSink): void {
  const columns = axisTable(source.width, size.width)
  const rows = axisTable(source.height, size.height)
  const stride = source.width * 3
  // The two source rows last scaled to the new width: each source row is scaled once.
  let upper = { y: -1, values: new Int32Array(size.width * 3) }
  let lower = { y: -1, values: new Int32Array(size.width * 3) }
  const out = new Uint8Array(size.width * 3)
  for (let y = 0; y < size.height; y++) {
    const upperY = rows.first[y] ?? 0
    const lowerY = rows.second[y] ?? 0
    if (upper.y !== upperY) [upper, lower] = [lower, upper]
    for (const [row, wanted] of [
      [upper, upperY],
      [lower, lowerY],
    ] as const) {
      if (row.y === wanted) continue
      scaleRow(source.data, wanted * stride, columns, row.values)
      row.y = wanted
    }
    blendRows(upper.values, lower.values, rows.edgeFirstWeight[y] ?? 0, rows.edgeSecondWeight[y] ?? 0, out)
    sink(out, y)
  }
}
