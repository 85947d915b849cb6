import { z } from 'zod'

/** A box [x1, y1, x2, y2] in pixels of the original image after EXIF orientation; x2 > x1, y2 > y1; fractions are kept. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number]

/** Four corners x1 y1 .. x4 y4 in pixels, clockwise from the text's top left: eight numbers. */
export type Quad = readonly number[]

export const boxSchema = z.tuple([z.number(), z.number(), z.number(), z.number()]).readonly()
export const quadSchema = z.array(z.number()).length(8).readonly()

/** Intersection over union of two boxes in the same coordinates, 0-1. */
export function boxIou(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0])
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1])
  if (width <= 0 || height <= 0) return 0
  const shared = width * height
  return shared / (boxArea(a) + boxArea(b) - shared)
}

/** In square pixels. */
export function boxArea(box: Box): number {
  return (box[2] - box[0]) * (box[3] - box[1])
}

/** COCO's sizes by area: small below 32 x 32 pixels, large from 96 x 96. */
export const boxSizes = ['small', 'medium', 'large'] as const
export type BoxSize = (typeof boxSizes)[number]

/** The size that an area in square pixels falls into. */
export function sizeOfArea(area: number): BoxSize {
  if (area < 32 ** 2) return 'small'
  return area < 96 ** 2 ? 'medium' : 'large'
}
