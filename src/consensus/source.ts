import type { Box } from '../../schemas/geometry.js'
import type { ImageRecord } from '../../schemas/image.js'
import type { Observation } from '../../schemas/observation.js'

/** The image a decision is about; width and height in pixels after EXIF orientation. */
export type DecidedImage = Pick<ImageRecord, 'image_id' | 'width' | 'height'>

/** One annotator and what it said about one image. */
export interface Source {
  /** Its name in the pack; recorded as support. */
  readonly annotator: string
  /** Models of one family share one vote. */
  readonly family: string
  /** The labels it can say; null where that is open, so that its silence says nothing. */
  readonly vocabulary: readonly string[] | null
  /** True for labels that people made: they pass as they are. */
  readonly human: boolean
  /** True where its texts are made of the regions that it was shown and of nothing else. */
  readonly composes?: boolean
  readonly observations: readonly Observation[]
  /** Why it could not process the image: then it abstains. Null where it could. */
  readonly failure: string | null
}

/** An observation with all that the rules ask of it. */
export interface Observed<Seen extends Observation = Observation> {
  readonly annotator: string
  readonly family: string
  readonly human: boolean
  /** As the annotator said it. */
  readonly observation: Seen
  /** Canonical label of an object, the text of a text region. */
  readonly label: string
  /** Calibrated, 0-1; 1 for people. */
  readonly score: number
  /** Clipped to the image. */
  readonly box: Box
}

/** Sources in an order that does not depend on the order they came in. */
export function inNameOrder(sources: readonly Source[]): Source[] {
  return [...sources].sort((a, b) => compareText(a.annotator, b.annotator) || compareText(a.family, b.family))
}

/** By code units: the same on every machine and in every locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

export function compareBoxes(a: Box, b: Box): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3]
}

/** Boxes, labels, annotators, then all that was said: equal only for observations that no one can tell apart. */
export function compareObserved(a: Observed, b: Observed): number {
  return (
    compareBoxes(a.box, b.box) ||
    compareText(a.label, b.label) ||
    compareText(a.annotator, b.annotator) ||
    compareText(JSON.stringify(a.observation), JSON.stringify(b.observation))
  )
}

/** Distinct names, sorted. */
export function distinct(names: Iterable<string>): string[] {
  return [...new Set(names)].sort(compareText)
}
