import type { Box } from '../../../schemas/geometry.js'
import type { TextRegionObservation } from '../../../schemas/observation.js'
import { quadBounds } from '../boxes/quad-bounds.js'
import { quadArea } from '../boxes/quad-overlap.js'
import { compareObserved, type Observed } from '../source.js'
import { readingKey } from './reading-similarity.js'

/** A text that was read at a place, with what every comparison with another one needs. */
export interface ObservedText extends Observed<TextRegionObservation> {
  /** The `readingKey` of its label. */
  readonly key: string
  /** Of its quad: the upright bounds, and the area in square pixels. */
  readonly bounds: Box
  readonly area: number
}

export function readText(seen: Observed<TextRegionObservation>): ObservedText {
  const { quad } = seen.observation
  return { ...seen, key: readingKey(seen.label), bounds: quadBounds(quad), area: quadArea(quad) }
}

/** People first, then by score. */
export function strongestFirst(a: ObservedText, b: ObservedText): number {
  return Number(b.human) - Number(a.human) || b.score - a.score || compareObserved(a, b)
}
