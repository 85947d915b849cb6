import type { PartOfSpeech } from 'wink-nlp'
import { isA, isKnownLabel } from './known-labels.js'
import { retagged, type Word } from './tagged-words.js'

/** What stands around a word: the questions that the repairs of tags ask. */
export function isNominal(word: Word | undefined): boolean {
  return word?.tag === 'NOUN' || word?.tag === 'PROPN'
}

const possessives = new Set(['my', 'your', 'his', 'her', 'its', 'our', 'their'])

export function isPossessive(word: Word | undefined): boolean {
  return word?.tag === 'PRON' && possessives.has(word.lower)
}

/** Determiners that stand alone as often as before a noun: `both standing`, `all sit`. */
const alone = new Set(['all', 'both', 'each', 'that', 'those', 'this', 'these', 'some', 'another'])

/** Whether a noun must follow sooner or later: behind a determiner, a possessive, or a quality that follows one. */
export function opensNoun(words: readonly Word[], at: number): boolean {
  const word = words[at]
  if (word?.tag === 'DET') return !alone.has(word.lower)
  if (isPossessive(word)) return true
  if (word?.tag === 'ADV') return opensNoun(words, at - 1)
  if (word?.tag !== 'ADJ' || word.lower === 'next') return false
  return opensNoun(words, at - 1) || words[at - 1]?.tag === 'ADP' || words[at - 1]?.tag === 'NUM'
}

/** Whether the words from here are qualities, if any, and then a noun. */
export function leadsToNoun(words: readonly Word[], from: number): boolean {
  let at = from
  while (words[at]?.tag === 'ADJ' && words[at]?.lower !== 'next') at++
  return isNominal(words[at])
}

const closing = new Set<PartOfSpeech>(['ADP', 'PUNCT', 'CCONJ', 'SCONJ', 'AUX', 'PART'])

/** Whether no noun can follow in the same phrase. */
export function endsPhrase(words: readonly Word[], at: number): boolean {
  const next = words[at + 1]
  return next === undefined || next.first || closing.has(next.tag)
}

const unmarkedPlurals = new Set(['people', 'sheep', 'cattle', 'police', 'fish', 'deer'])

/** A noun whose form says that there are several. */
export function isPlural({ lower, lemma }: Word): boolean {
  return lower !== lemma || unmarkedPlurals.has(lower)
}

/** Where the words of this sentence begin. */
export function sentenceStart(words: readonly Word[], at: number): number {
  let start = at
  while (start > 0 && words[start]?.first !== true) start--
  return start
}

/** A form in -s of a word that has another. */
export function isInS({ lower, lemma }: Word): boolean {
  return /[^s]s$/.test(lower) && lemma !== lower
}

/** Whether the label table has it: a thing that can be seen. */
export function isThing(word: Word): boolean {
  return isKnownLabel(word.lower) || isKnownLabel(retagged(word, 'NOUN').lemma)
}

/** A person or an animal, by the label table: what acts. */
export function isAnimate({ lemma }: Word): boolean {
  return isA(lemma, 'person') || isA(lemma, 'animal')
}

/** The place before the qualities and nouns that end here. */
export function openingOf(words: readonly Word[], at: number): number {
  let opening = at
  while (isNominal(words[opening]) || ['ADJ', 'ADV'].includes(words[opening]?.tag ?? 'X')) opening--
  return opening
}
