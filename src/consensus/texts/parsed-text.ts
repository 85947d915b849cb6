import type { Span } from '../../../schemas/known-phrases.js'

/** A noun phrase: characters in the text, without a determiner that a phrase of its own could not carry. */
export interface NounPhrase extends Span {
  /** text.slice(start, end). */
  readonly phrase: string
  /** Its head noun in the singular and lower case: `dog` of `two brown dogs`. */
  readonly head: string
  /** Canonical label of the longest end of the phrase that the synonym table knows; null where it knows none. */
  readonly label: string | null
  /** A name: of a person, a place, a brand. */
  readonly proper: boolean
}

/** What a parser found in a text. */
export interface ParsedText {
  /** By place; they do not overlap. */
  readonly phrases: readonly NounPhrase[]
  /** Distinct things that are named: lemmas of head nouns that can be seen, sorted. */
  readonly objects: readonly string[]
  /** One entry for each modifier of an object, by place: adjectives, nouns before nouns, numbers, participles. */
  readonly attributes: readonly string[]
  /** Lemmas of verbs that say what happens, by place; no auxiliaries. */
  readonly actions: readonly string[]
  /** Names, each once. */
  readonly proper_nouns: readonly string[]
  /** How much is said of the object of which most is said; 0 without objects. */
  readonly object_complexity: number
  /** How much is said of the action of which most is said; 0 without actions. */
  readonly action_complexity: number
}
