import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { quadIou } from '../boxes/quad-overlap.js'
import { compareText, distinct } from '../source.js'
import { agreedScore } from './agreement.js'
import { type ObservedText, strongestFirst } from './read-text.js'
import { readingSimilarity } from './reading-similarity.js'
import { assembled } from './text-lines.js'

/** What was read at one place: by whom in one, and by whom in pieces. */
export interface TextPlace {
  /** Strongest first, at least one; one per annotator. */
  readonly wholes: readonly ObservedText[]
  /** Pieces of them. */
  readonly parts: readonly ObservedText[]
}

/** One way to read a place, and all who read it so, the one whose quad counts first. */
export interface Reading {
  readonly text: string
  readonly readers: readonly ObservedText[]
  /** Spellings of these readers that differ from the text in letters or digits, best first. */
  readonly spellings: readonly string[]
  /** Agreed recognition score of the readers. */
  readonly score: number
}

/** One spelling, before near ones are joined. */
interface Spelling {
  readonly key: string
  readonly readers: readonly ObservedText[]
}

/**
 * The readings of a place, the best supported first: people's, then that of most families, one in a piece before one of
 * pieces, then by agreed score. Spellings that are near each other are one reading under the best supported of them.
 */
export function readingsOf(place: TextPlace, config: ConsensusConfig): Reading[] {
  const whole = new Set(place.wholes)
  const read = [...place.wholes, ...piecedTogether(place, config)].sort((a, b) => surerReader(a, b, whole))
  const better = (a: Spelling, b: Spelling) => bestSupported(a, b, whole)
  const readings: Spelling[][] = []
  for (const spelling of spellingsOf(read).sort(better)) {
    const home = readings.find(([top]) => top && near(top.key, spelling.key, config))
    if (home === undefined) readings.push([spelling])
    else home.push(spelling)
  }
  const joined = readings.map((spellings) => ({ spellings, key: spellings[0]?.key ?? '', readers: all(spellings) }))
  return joined.sort(better).map(({ spellings, readers }) => toReading(spellings, readers, whole))
}

function spellingsOf(readers: readonly ObservedText[]): Spelling[] {
  return distinct(readers.map(({ key }) => key)).map((key) => ({
    key,
    readers: readers.filter((reader) => reader.key === key),
  }))
}

/**
 * What annotators read in pieces, each as one reading: where it is near to a whole one, or lies in its place and is a
 * rival. An annotator that has read some of the words only says nothing on the rest.
 */
function piecedTogether({ wholes, parts }: TextPlace, config: ConsensusConfig): ObservedText[] {
  const [line] = wholes
  const readers = new Set(wholes.map(({ annotator }) => annotator))
  if (line === undefined) return []
  return distinct(parts.map(({ annotator }) => annotator))
    .filter((annotator) => !readers.has(annotator))
    .map((annotator) =>
      assembled(
        parts.filter((part) => part.annotator === annotator),
        line,
      ),
    )
    .filter(({ key, observation }) => {
      const same = wholes.some((whole) => near(whole.key, key, config))
      return same || quadIou(observation.quad, line.observation.quad) > config.text_overlap_iou
    })
}

function near(a: string, b: string, config: ConsensusConfig): boolean {
  return readingSimilarity(a, b) >= config.reading_similarity
}

/** People, who read it in one, then by score. */
function surerReader(a: ObservedText, b: ObservedText, whole: ReadonlySet<ObservedText>): number {
  const human = Number(b.human) - Number(a.human)
  return human || Number(whole.has(b)) - Number(whole.has(a)) || strongestFirst(a, b)
}

function bestSupported(a: Spelling, b: Spelling, whole: ReadonlySet<ObservedText>): number {
  const families = ({ readers }: Spelling) => new Set(readers.map(({ family }) => family)).size
  const isHuman = ({ readers }: Spelling) => Number(readers.some(({ human }) => human))
  const isWhole = ({ readers }: Spelling) => Number(readers.some((reader) => whole.has(reader)))
  return (
    isHuman(b) - isHuman(a) ||
    families(b) - families(a) ||
    isWhole(b) - isWhole(a) ||
    agreedScore(b.readers) - agreedScore(a.readers) ||
    compareText(a.key, b.key)
  )
}

function toReading(
  spellings: readonly Spelling[],
  readers: readonly ObservedText[],
  whole: ReadonlySet<ObservedText>,
): Reading {
  const [text = '', ...rest] = spellings.map((spelling) => spelling.readers[0]?.label ?? '')
  return {
    text,
    readers: [...readers].sort((a, b) => surerReader(a, b, whole)),
    spellings: rest,
    score: agreedScore(readers),
  }
}

function all(spellings: readonly Spelling[]): ObservedText[] {
  return spellings.flatMap(({ readers }) => readers)
}
