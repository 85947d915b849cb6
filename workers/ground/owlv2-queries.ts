import type { AgreedText } from '../../schemas/annotation.js'
import { distinctTexts } from '../../schemas/known-phrases.js'
import type { Span } from './word-piece-spans.js'

/** What is asked of the model about one image. */
export interface AskedQueries {
  /** Each once, as it was first written. */
  readonly queries: readonly string[]
  readonly groups: readonly QueryGroup[]
}

/** Queries that compete for a box: those given by name, or the phrases of one text. */
export interface QueryGroup {
  /** Null for queries given by name. */
  readonly text: string | null
  readonly members: readonly GroupMember[]
}

export interface GroupMember {
  /** Index among all queries. */
  readonly query: number
  /** As it was first written. */
  readonly label: string
  /** Where it stands in the text; more than once where the text repeats it. */
  readonly places: readonly Span[]
}

/**
 * The queries given by name; without them the known phrases of the texts. A text without a known phrase asks nothing.
 * Phrases compete within their text only, so that the same thing can be found for `a cat` and, in another text, for
 * `the cat on the sofa`. What differs only in capitals and white space is one query: the model reads it the same.
 */
export function askedQueries(texts: readonly AgreedText[], names: readonly string[] | undefined): AskedQueries {
  const queries = new Map<string, { readonly index: number; readonly label: string }>()
  const groups =
    names === undefined
      ? distinctTexts(texts).map(({ text, phrases }) => ({
          text,
          members: membersOf(phrasesIn(text, phrases), queries),
        }))
      : [{ text: null, members: membersOf(names.map(unplaced), queries) }]
  return { queries: [...queries.values()].map(({ label }) => label), groups }
}

interface Wanted {
  readonly label: string
  readonly places: readonly Span[]
}

function phrasesIn(text: string, phrases: readonly Span[]): Wanted[] {
  return phrases.map((span) => ({ label: text.slice(span.start, span.end), places: [span] }))
}

function unplaced(label: string): Wanted {
  return { label, places: [] }
}

/** Adds what is wanted and not yet asked to the queries. */
function membersOf(wanted: readonly Wanted[], queries: Map<string, { index: number; label: string }>): GroupMember[] {
  const members = new Map<number, { query: number; label: string; places: Span[] }>()
  for (const { label, places } of wanted) {
    const key = label.toLowerCase().replace(/\s+/g, ' ').trim()
    const query = queries.get(key) ?? { index: queries.size, label }
    queries.set(key, query)
    const member = members.get(query.index) ?? { query: query.index, label, places: [] }
    member.places.push(...places)
    members.set(query.index, member)
  }
  return [...members.values()]
}
