import type { AgreedRegion, AgreedText } from '../../schemas/annotation.js'
import type { Box } from '../../schemas/geometry.js'
import type { Raster } from '../../src/models/pixels/raster.js'

/** Colours that the chat server knows by these names. */
export const paints = {
  red: [200, 30, 30],
  green: [40, 140, 50],
  blue: [40, 70, 180],
  black: [20, 20, 20],
  white: [240, 240, 240],
} as const
export type Paint = keyof typeof paints

/** A picture of one colour with boxes of others on it. */
export function painted(
  width: number,
  height: number,
  ground: Paint,
  boxes: readonly { readonly box: Box; readonly paint: Paint }[] = [],
): Raster {
  const data = new Uint8Array(width * height * 3)
  for (let at = 0; at < width * height; at++) {
    const [x, y] = [at % width, Math.floor(at / width)]
    const over = boxes.find(({ box }) => x >= box[0] && x < box[2] && y >= box[1] && y < box[3])
    data.set(paints[over?.paint ?? ground], at * 3)
  }
  return { width, height, data }
}

/** A region as consensus hands it on. */
export function region(region_id: string, label: string, box: Box, more: Partial<AgreedRegion> = {}): AgreedRegion {
  return { region_id, kind: 'object', label, box, quad: null, score: 0.8, ...more }
}

export function briefText(text: string): AgreedText {
  return { granularity: 'brief', text, phrases: [] }
}

/** For annotators without model files. */
export const noSessions = {
  concurrency: 1,
  open: () => Promise.reject(new Error('no model')),
  openProgram: () => Promise.reject(new Error('no model')),
  close: () => Promise.resolve(),
}
