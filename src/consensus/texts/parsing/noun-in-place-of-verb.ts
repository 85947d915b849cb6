import type { PartOfSpeech } from 'wink-nlp'
import { isA } from './known-labels.js'
import { isParticiple } from './participles.js'
import { retagged, type Word } from './tagged-words.js'
import { postures } from './verb-in-place-of-noun.js'
import {
  endsPhrase,
  isAnimate,
  isInS,
  isNominal,
  isPlural,
  isThing,
  openingOf,
  opensNoun,
  sentenceStart,
} from './word-context.js'

/**
 * The noun that a word is where the tagger sees a verb, by what stands around it: `the stands`, `pair of skis`, `wearing
 * skis`, `a microwave and sink.`, `a bathroom sink with`. Null where it may well be a verb. Participles are judged elsewhere.
 */
export function nounInPlaceOfVerb(words: readonly Word[], at: number): PartOfSpeech | null {
  const word = words[at]
  if (word?.tag !== 'VERB' || isParticiple(word)) return null
  if (opensNoun(words, at - 1) || isPersons(word)) return 'NOUN'
  const before = words[at - 1]
  if (before === undefined || word.first)
    return isInS(word) || (isThing(word) && hasNoObject(words, at)) ? 'NOUN' : null
  if (before.tag === 'NUM' || before.tag === 'DET') return isInS(word) || isThing(word) ? 'NOUN' : null
  if (before.tag === 'ADP' || before.tag === 'PART') return isGoverned(words, at) ? 'NOUN' : null
  if (before.tag === 'VERB') return (isInS(word) || isThing(word)) && !pastLikeBase.has(word.lower) ? 'NOUN' : null
  if (isThing(word) && isListed(words, at)) return 'NOUN'
  if (words[at + 1]?.tag === 'AUX') return 'NOUN'
  return before.tag === 'NOUN' && endsCompound(words, at) ? 'NOUN' : null
}

/** Base forms that are past tenses too: a singular subject can stand before them. */
const pastLikeBase = new Set(['cut', 'hit', 'let', 'put', 'read', 'set', 'shut', 'split', 'spread'])

/** `skiers`, `people`: no verbs. */
function isPersons(word: Word): boolean {
  return word.lower === 'people' || (/ers$/.test(word.lower) && isA(retagged(word, 'NOUN').lemma, 'person'))
}

/** Nothing behind it that the verb could act on. */
function hasNoObject(words: readonly Word[], at: number): boolean {
  return endsPhrase(words, at) || words[at + 1]?.tag === 'VERB'
}

const clauseOpeners = new Set(['as', 'like', 'than', 'before', 'after', 'while', 'when', 'until', 'since'])
const governing = new Set(['with', 'of', 'in', 'on', 'at', 'for', 'from', 'into', 'near', 'by', 'beside', 'under'])

/** Behind a preposition that governs it (`in stands`, `next to book`), not behind the particle of a verb (`sits down eats`). */
function isGoverned(words: readonly Word[], at: number): boolean {
  const before = words[at - 1]
  if (before?.lower === 'to') return isNearness(words, at - 1)
  if (before?.tag !== 'ADP' || clauseOpeners.has(before.lower)) return false
  return words[at - 2]?.tag !== 'VERB' || governing.has(before.lower)
}

/** `next to`, `from cookies to cake`; not before an infinitive. */
function isNearness(words: readonly Word[], to: number): boolean {
  if (['next', 'close', 'adjacent', 'up'].includes(words[to - 1]?.lower ?? '')) return true
  return isNominal(words[to - 1]) && words.slice(Math.max(0, to - 4), to).some(({ lower }) => lower === 'from')
}

/** In a list of things, with no object of its own: `a toaster and sink.` */
function isListed(words: readonly Word[], at: number): boolean {
  const joint = words[at - 1]
  const isJoint = joint?.tag === 'CCONJ' || joint?.lower === ','
  const item = joint?.tag === 'CCONJ' && words[at - 2]?.lower === ',' ? words[at - 3] : words[at - 2]
  return isJoint && isNominal(item) && hasNoObject(words, at)
}

/**
 * Behind a singular noun that does nothing by itself: a base form disagrees with it (`a bathroom sink`, `a break room`),
 * unless a plural before is the subject (`people in the park walk`); a form in -s is a verb, but for things where the noun is
 * opened by no `a` (`fallen tree logs`) and before a participle (`toothbrush heads laying`).
 */
function endsCompound(words: readonly Word[], at: number): boolean {
  const word = words[at]
  const before = words[at - 1]
  if (word === undefined || before === undefined || isPlural(before) || pastLikeBase.has(word.lower)) return false
  if (isNominal(words[at + 1]) && !isInS(word) && !hasPlural(words, at)) return true
  if (isAnimate(before)) return false
  if (isInS(word)) return /..ing$/.test(words[at + 1]?.lower ?? '') || (isThing(word) && !isDefinite(words, at - 1))
  if (hasPlural(words, at)) return false
  return isThing(word) || (endsPhrase(words, at) && !postures.has(word.lower))
}

/** A plural before, that does nothing yet. */
function hasPlural(words: readonly Word[], at: number): boolean {
  const before = words.slice(sentenceStart(words, at), at).reverse()
  const verb = before.findIndex(({ tag }) => tag === 'VERB' || tag === 'AUX')
  return before.slice(0, verb < 0 ? before.length : verb).some((word) => word.tag === 'NOUN' && isPlural(word))
}

/** Whether the nouns that end here are opened by a determiner of one thing. */
function isDefinite(words: readonly Word[], at: number): boolean {
  return oneThing.has(words[openingOf(words, at)]?.lower ?? '')
}

const oneThing = new Set(['a', 'an', 'one', 'this', 'that', 'each', 'every', 'another', 'the', 'his', 'her', 'its'])
