import { FldError } from '../errors.js'
import type { Box, Quad } from '../geometry.js'

/** Of an image, in pixels. */
export interface ImageSize {
  readonly width: number
  readonly height: number
}

/** Places that a side of an image is divided into. */
const bins = 1000

/**
 * The place of a coordinate along a side, 0 to 999; both in pixels. Reckoned in float32 as torch does, so that values on
 * the edge of a place fall where the reference puts them. Throws FldError `config_invalid` for what is no number, and for a
 * side without a length.
 */
export function quantize(value: number, size: number): number {
  if (Number.isNaN(value) || !(size > 0)) {
    throw new FldError(
      'config_invalid',
      `a coordinate of ${value} on a side of ${size} pixels has no place among locations`,
    )
  }
  const place = Math.floor(Math.fround(Math.fround(value) / Math.fround(size / bins)))
  return Math.min(bins - 1, Math.max(0, place))
}

/** The middle of a place along a side, in pixels. */
export function dequantize(bin: number, size: number): number {
  return ((bin + 0.5) * size) / bins
}

/** A box as Florence-2 writes it: `<loc_x1><loc_y1><loc_x2><loc_y2>`. */
export function boxLocations(box: Box, size: ImageSize): string {
  return pointLocations(box, size)
}

/** A quad as Florence-2 writes it: eight locations. Throws FldError `config_invalid` for other than eight numbers. */
export function quadLocations(quad: Quad, size: ImageSize): string {
  if (quad.length !== 8) throw new FldError('config_invalid', `a quad is eight numbers; this one has ${quad.length}`)
  return pointLocations(quad, size)
}

/** x y pairs in pixels, one location each. */
export function pointLocations(points: readonly number[], { width, height }: ImageSize): string {
  return points.map((value, at) => `<loc_${quantize(value, at % 2 === 0 ? width : height)}>`).join('')
}

/** x y pairs of places, in pixels. */
export function pointsOf(places: readonly number[], { width, height }: ImageSize): number[] {
  return places.map((bin, at) => dequantize(bin, at % 2 === 0 ? width : height))
}
