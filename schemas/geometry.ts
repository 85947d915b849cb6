import { z } from 'zod'

/** A box [x1, y1, x2, y2] in pixels of the original image after EXIF orientation; x2 > x1, y2 > y1; fractions are kept. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number]

/** Four corners x1 y1 .. x4 y4 in pixels, clockwise from the text's top left: eight numbers. */
export type Quad = readonly number[]

export const boxSchema = z.tuple([z.number(), z.number(), z.number(), z.number()]).readonly()
export const quadSchema = z.array(z.number()).length(8).readonly()
