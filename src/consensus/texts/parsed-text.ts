import type { Span } from '../../../schemas/known-phrases.js'

/**
 * A noun phrase that names a thing: characters in the text, with its determiner or possessive and its modifiers, as Florence-2
 * answers phrases (`A green car`, `his dog`); without what follows the head.
 */
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
  /**
   * Phrases that name what can be seen, by place; they do not overlap. No pronouns, measures (`a group` of `a group of
   * people`), places in a thing or in the picture (`the side`, `the background`), times, events and colours.
   */
  readonly phrases: readonly NounPhrase[]
  /** Distinct things that are named: the heads of the phrases, sorted. */
  readonly objects: readonly string[]
  /** One entry for each modifier of an object, by place: adjectives, nouns before nouns, numbers, participles; `is red` too. */
  readonly attributes: readonly string[]
  /** Lemmas of verbs that say what happens, by place; no auxiliaries, no `has`, no `there is`. */
  readonly actions: readonly string[]
  /** Names, each once, by place. */
  readonly proper_nouns: readonly string[]
  /** How much is said of the object of which most is said: its degree by the rules of `attachments.ts`; 0 without objects. */
  readonly object_complexity: number
  /** The same for actions; 0 without actions. */
  readonly action_complexity: number
}
