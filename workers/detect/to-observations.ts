import type { ObjectObservation } from '../../schemas/observation.js'
import type { Candidate } from './candidate.js'
import { classWiseNms } from './class-wise-nms.js'
import type { DetectOptions } from './options.js'

/** How boxes in decoder coordinates lie in the original image: divided by the scale, then clipped. */
export interface ImageFrame {
  readonly width: number
  readonly height: number
  /** Decoder pixels per image pixel. */
  readonly scaleX: number
  readonly scaleY: number
}

/**
 * Candidates as observations of the original image: boxes mapped and clipped, empty ones and those of classes without a
 * name (null) dropped, NMS within each class, best first, at most `max_per_image`.
 */
export function toObservations(
  candidates: readonly Candidate[],
  frame: ImageFrame,
  options: Pick<DetectOptions, 'nms_iou' | 'max_per_image'>,
  labels: readonly (string | null)[],
): ObjectObservation[] {
  const named = candidates.flatMap((candidate) => {
    const name = labels[candidate.label] ?? null
    return name === null ? [] : [{ ...intoImage(candidate, frame), name }]
  })
  const inside = named.filter(hasArea)
  inside.sort((a, b) => b.score - a.score)
  const distinct = options.nms_iou === null ? inside : classWiseNms(inside, options.nms_iou)
  return distinct.slice(0, options.max_per_image).map(({ name, score, x1, y1, x2, y2 }) => ({
    kind: 'object',
    label: name,
    score,
    box: [x1, y1, x2, y2],
  }))
}

function intoImage(candidate: Candidate, { width, height, scaleX, scaleY }: ImageFrame): Candidate {
  const clip = (value: number, max: number): number => Math.min(max, Math.max(0, value))
  return {
    label: candidate.label,
    score: Math.min(1, candidate.score),
    x1: clip(candidate.x1 / scaleX, width),
    y1: clip(candidate.y1 / scaleY, height),
    x2: clip(candidate.x2 / scaleX, width),
    y2: clip(candidate.y2 / scaleY, height),
  }
}

/** Also false for boxes that are not numbers. */
function hasArea({ x1, y1, x2, y2 }: Candidate): boolean {
  return x2 > x1 && y2 > y1
}
