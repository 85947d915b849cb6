import type { Box } from '../../schemas/geometry.js'
import type { ProcessedFrame } from '../../src/models/pixels/image-processor.js'
import type { PixelSize } from '../../src/models/pixels/resize.js'

/** Labels of SAM's points. `ignored` adds nothing to the prompt. */
export const pointLabel = { outside: 0, inside: 1, topLeft: 2, bottomRight: 3, ignored: -10 } as const

/** A point and its label. */
export interface PromptPoint {
  readonly x: number
  readonly y: number
  readonly label: number
}

/** How far outside of a box its outer points lie, as a part of its side; a pixel at least. */
const outerDistance = 0.1

/**
 * A box as points, most telling first, for decoders that take nothing else: its centre, which is on the object more often
 * than any other point, and a little outside of each side one that the object does not reach, so that a mask does not run
 * over into what the object stands on, hangs at or is worn by. Those that would fall outside of the image are left out.
 */
export function boxAsPoints([x1, y1, x2, y2]: Box, { width, height }: PixelSize): PromptPoint[] {
  const [centreX, centreY] = [(x1 + x2) / 2, (y1 + y2) / 2]
  const besides = Math.max(1, (x2 - x1) * outerDistance)
  const above = Math.max(1, (y2 - y1) * outerDistance)
  const around = [
    { x: x1 - besides, y: centreY },
    { x: x2 + besides, y: centreY },
    { x: centreX, y: y1 - above },
    { x: centreX, y: y2 + above },
  ].filter(({ x, y }) => x >= 0 && y >= 0 && x <= width && y <= height)
  return [
    { x: centreX, y: centreY, label: pointLabel.inside },
    ...around.map((point) => ({ ...point, label: pointLabel.outside })),
  ]
}

/** A box as its corners, for decoders whose points may be labelled as such. Source: segment-anything, prompt_encoder.py. */
export function boxAsCorners([x1, y1, x2, y2]: Box): PromptPoint[] {
  return [
    { x: x1, y: y1, label: pointLabel.topLeft },
    { x: x2, y: y2, label: pointLabel.bottomRight },
  ]
}

/** x y pairs of the original image in pixels of the model's input: each axis times resized / original. */
export function intoFrame(pairs: readonly number[], frame: ProcessedFrame): number[] {
  const scaleX = frame.resizedWidth / frame.width
  const scaleY = frame.resizedHeight / frame.height
  return pairs.map((value, index) => (index % 2 === 0 ? value * scaleX + frame.left : value * scaleY + frame.top))
}
