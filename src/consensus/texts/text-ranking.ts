import { sourceAnnotators } from '../../../schemas/source-annotators.js'
import { compareText } from '../source.js'

/** What the order of an image's texts depends on. */
export interface RankedText {
  readonly text: string
  /** True where a person wrote it. */
  readonly human: boolean
  /** Of the text to the image; null where none was measured. */
  readonly similarity: number | null
  readonly families: readonly string[]
  /** Of what it names, as far as it could be checked. */
  readonly borne_out: BorneOut
  readonly score: number
}

/** Of how many things that a text names, and that could be checked, something bears out how many. */
export interface BorneOut {
  readonly things: number
  readonly of: number
}

/**
 * The better text first: nearer to the image, measured before unmeasured; then, where nothing measured tells them apart,
 * what people wrote; of more families; with the greater share of what it names borne out; from a web page before a
 * model's; the higher score; more that is borne out. Last by its words, so that no two texts of one granularity are equal.
 */
export function compareRank(a: RankedText, b: RankedText): number {
  return (
    (b.similarity ?? -1) - (a.similarity ?? -1) ||
    Number(b.human) - Number(a.human) ||
    b.families.length - a.families.length ||
    shareBorneOut(b) - shareBorneOut(a) ||
    Number(isOfWeb(b)) - Number(isOfWeb(a)) ||
    b.score - a.score ||
    b.borne_out.things - a.borne_out.things ||
    compareText(a.text, b.text)
  )
}

/** A text of which nothing could be checked stands between one that is mostly borne out and one that is mostly not. */
function shareBorneOut({ borne_out: { things, of } }: RankedText): number {
  return of === 0 ? 0.5 : things / of
}

/** What a source brings that no person meant as a description: the words that web pages have for their pictures. */
const webFamilies = new Set(sourceAnnotators.filter(({ human }) => !human).map(({ family }) => family))

function isOfWeb({ families }: RankedText): boolean {
  return families.some((family) => webFamilies.has(family))
}
