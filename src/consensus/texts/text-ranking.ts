import { compareText } from '../source.js'

/** What the order of an image's texts depends on. */
export interface RankedText {
  readonly text: string
  /** Of the text to the image; null where none was measured. */
  readonly similarity: number | null
  readonly families: readonly string[]
  /** Share of what it names, as far as it could be checked, that is borne out; 1 where nothing could. */
  readonly supported_share: number
  readonly score: number
}

/**
 * The better text first: nearer to the image, measured before unmeasured; then of more families, more of what it names borne
 * out, the higher score; last by its words, so that no two texts of one granularity are equal.
 */
export function compareRank(a: RankedText, b: RankedText): number {
  return (
    (b.similarity ?? -1) - (a.similarity ?? -1) ||
    b.families.length - a.families.length ||
    b.supported_share - a.supported_share ||
    b.score - a.score ||
    compareText(a.text, b.text)
  )
}
