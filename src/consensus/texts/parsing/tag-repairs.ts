import type { PartOfSpeech } from 'wink-nlp'
import { isA, isKnownLabel, opensLabel } from './known-labels.js'
import { nounInPlaceOfVerb } from './noun-in-place-of-verb.js'
import { participleTag } from './participles.js'
import { retagged, type Word } from './tagged-words.js'
import { verbInPlaceOfNoun } from './verb-in-place-of-noun.js'
import { endsPhrase, isNominal, leadsToNoun, opensNoun } from './word-context.js'

/**
 * The words with the faults repaired that a tagger of running text makes on captions, which are noun phrases with little
 * grammar around them: `a toaster and sink`, `a guy in the stands`, `a man skis down a slope`. From left to right, so that a
 * rule sees repaired words before it and the tagger's behind it; the first rule that speaks decides.
 */
export function repairTags(words: readonly Word[]): Word[] {
  const repaired = [...words]
  const ofLabels = labelWords(words)
  for (const [at, word] of words.entries()) {
    if (word.tag === 'PUNCT') continue
    const tag = ofLabels.has(at) ? 'NOUN' : firstAnswer(repaired, at)
    if (tag !== null) repaired[at] = retagged(word, tag)
  }
  return repaired
}

type Rule = (words: readonly Word[], at: number) => PartOfSpeech | null

function firstAnswer(words: readonly Word[], at: number): PartOfSpeech | null {
  for (const rule of rules) {
    const tag = rule(words, at)
    if (tag !== null) return tag
  }
  return null
}

const longestLabel = 4

/** Places of words that make a label of several words together: `traffic light`, `hot dog`, `stop sign`. */
function labelWords(words: readonly Word[]): Set<number> {
  const places = new Set<number>()
  for (let at = 0; at < words.length; at++) {
    if (!opensLabel(words[at]?.lower ?? '')) continue
    for (let length = Math.min(longestLabel, words.length - at); length > 1; length--) {
      if (!isLabel(words.slice(at, at + length))) continue
      for (let place = at; place < at + length; place++) places.add(place)
      at += length - 1
      break
    }
  }
  return places
}

function isLabel(words: readonly Word[]): boolean {
  if (words.some(({ tag }) => tag === 'PUNCT' || tag === 'DET')) return false
  const last = words.at(-1)
  const opening = words.slice(0, -1).map(({ lower }) => lower)
  if (last === undefined) return false
  return [last.lower, retagged(last, 'NOUN').lemma].some((end) => isKnownLabel([...opening, end].join(' ')))
}

/** `the dog's sitting`: is. */
const contractedIs: Rule = (words, at) => {
  const next = words[at + 1]
  if (words[at]?.lower.replace('’', "'") !== "'s") return null
  if (words[at - 1]?.tag === 'PRON') return 'AUX'
  return next?.lower.endsWith('ing') || ['DET', 'ADP', 'VERB', 'PUNCT'].includes(next?.tag ?? 'PUNCT') ? 'AUX' : 'PART'
}

/** `a can of soda`. */
const canOfFood: Rule = (words, at) =>
  words[at]?.lower === 'can' && (opensNoun(words, at - 1) || words[at + 1]?.lower === 'of') ? 'NOUN' : null

/** `right next to`, `left of`: no thing at the end of the phrase before. */
const placeAdverb: Rule = (words, at) =>
  words[at]?.lower === 'right' &&
  (words[at + 1]?.lower === 'next' || words[at + 1]?.tag === 'ADP') &&
  !opensNoun(words, at - 1)
    ? 'ADV'
    : null

/** How somebody moves: `a man cross country skiing`. */
const acrossCountry: Rule = (words, at) => {
  const cross = words[at]?.lower === 'cross' ? at : at - 1
  const isPair = words[cross]?.lower === 'cross' && words[cross + 1]?.lower === 'country'
  return isPair && /..ing$/.test(words[cross + 2]?.lower ?? '') ? 'ADV' : null
}

/** A thing that is also a quality: `a remote.`, `an orange`, `street light next to`, `an individual skiing`. */
const nounInPlaceOfQuality: Rule = (words, at) => {
  const word = words[at]
  if (word === undefined || !['ADJ', 'ADV', 'X', 'INTJ', 'SYM'].includes(word.tag)) return null
  const isSomebody = /..ing$/.test(words[at + 1]?.lower ?? '') && isA(word.lemma, 'person')
  if (!endsPhrase(words, at) && !isSomebody) return null
  const before = words[at - 1]
  const isOpened = opensNoun(words, at - 1) || isNominal(before) || before?.tag === 'ADP' || before?.tag === 'NUM'
  return isOpened && isKnownLabel(retagged(word, 'NOUN').lemma) ? 'NOUN' : null
}

const degreeWords = new Set([
  ...['very', 'too', 'so', 'quite', 'really', 'well', 'more', 'most', 'half', 'almost', 'just', 'rather', 'as'],
])

/** `a large polar bear`, `a pretty lady`: qualities, unlike `very` and `brightly`. */
const qualityInPlaceOfAdverb: Rule = (words, at) => {
  const word = words[at]
  if (word?.tag !== 'ADV' || degreeWords.has(word.lower) || word.lower.endsWith('ly')) return null
  return opensNoun(words, at - 1) && leadsToNoun(words, at + 1) ? 'ADJ' : null
}

/** A slip of the pen behind a thing, in no dictionary: `an umbrella whiile standing`. A plural or a name it may well be. */
const misspelling: Rule = (words, at) => {
  const word = words[at]
  const before = words[at - 1]
  if (word === undefined || word.common || word.capital || word.tag !== 'NOUN' || word.lower.endsWith('s')) return null
  const next = words[at + 1]
  const goesOn = isNominal(next) && !next?.lower.endsWith('ing')
  if (!/^[a-z]+$/.test(word.lower) || goesOn || isKnownLabel(word.lower)) return null
  return before?.tag === 'NOUN' && (isKnownLabel(before.lemma) || isKnownLabel(before.lower)) ? 'X' : null
}

const rules: readonly Rule[] = [
  contractedIs,
  canOfFood,
  placeAdverb,
  acrossCountry,
  participleTag,
  nounInPlaceOfVerb,
  verbInPlaceOfNoun,
  nounInPlaceOfQuality,
  qualityInPlaceOfAdverb,
  misspelling,
]
