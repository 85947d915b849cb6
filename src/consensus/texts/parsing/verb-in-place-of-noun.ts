import type { PartOfSpeech } from 'wink-nlp'
import { isA } from './known-labels.js'
import type { Word } from './tagged-words.js'
import { endsPhrase, isAnimate, isInS, isNominal, isPlural, isPossessive, isThing, openingOf } from './word-context.js'

/**
 * The verb that a word is where the tagger sees a noun. No plural follows `a`: in `a man skis down`, `a sheep grazes in`, it is
 * the verb. Persons and animals in the plural do what a bare singular behind them says: `two men surf.`, `riders guide their`.
 */
export function verbInPlaceOfNoun(words: readonly Word[], at: number): PartOfSpeech | null {
  const word = words[at]
  const subject = subjectBefore(words, at)
  const before = words[subject]
  if (word?.tag !== 'NOUN' || before === undefined || !isNominal(before) || word.lower.endsWith('ing')) return null
  // What several things do, or are: `its wings spread wide`.
  if (word.lower === 'spread' && isPlural(before) && !isNominal(words[at + 1])) return 'VERB'
  if (isInS(word)) return isAfterSingular(words, at, subject) || isDoing(words, at, before) ? 'VERB' : null
  const next = words[at + 1]
  if (postures.has(word.lower) && (next?.tag === 'ADP' || next?.tag === 'ADV')) return 'VERB'
  const follows = endsPhrase(words, at) || ['DET', 'PRON', 'ADV'].includes(next?.tag ?? '')
  return follows && !isPlural(word) && isPlural(before) && !isThing(word) && isAnimate(before) ? 'VERB' : null
}

/** The word before, or before adverbs in -ly: `a dog quickly chases`. */
function subjectBefore(words: readonly Word[], at: number): number {
  let before = at - 1
  while (words[before]?.tag === 'ADV' && words[before]?.lower.endsWith('ly')) before--
  return before
}

/** Base forms that are no things: `a suitcase and a backpack sit on`. */
export const postures: ReadonlySet<string> = new Set([
  'eat',
  'graze',
  'hang',
  'lay',
  'lean',
  'lie',
  'sit',
  'sleep',
  'wait',
])

/** Forms in -s that are hardly ever nouns behind another noun: `the car drives near`. */
const doings = new Set([
  ...['drives', 'flies', 'grazes', 'hangs', 'holds', 'lays', 'leans', 'lies', 'looks', 'moves', 'passes', 'perches'],
  ...['poses', 'rests', 'rides', 'runs', 'sits', 'sleeps', 'stares', 'swings', 'travels', 'waits', 'walks', 'wears'],
])

/** Persons and groups whose things go by a compound: `the baby bottles`, `team uniforms`. */
const owners = new Set(['audience', 'baby', 'child', 'crowd', 'family', 'kid', 'player', 'police', 'student', 'team'])

/** A verb for certain, or with an object behind it: `the vanity features a`, `the cat watches tv`, `the skier skis past`. */
function isDoing(words: readonly Word[], at: number, subject: Word): boolean {
  const word = words[at]
  const next = words[at + 1]
  if (word === undefined || isPlural(subject)) return false
  const acts = isAnimate(subject) && !owners.has(subject.lemma)
  if (isNominal(next)) return acts
  if (doings.has(word.lower) || ['a', 'an', 'the'].includes(next?.lower ?? '') || isPossessive(next)) return true
  if (!acts || next?.tag === 'AUX' || next?.tag === 'VERB') return false
  return isA(subject.lemma, 'person') || (next?.tag === 'ADP' && !isThing(word))
}

const ofOne = new Set(['a', 'an', 'one', 'this', 'that', 'each', 'every', 'another'])
const severalThings = new Set(['couple', 'few', 'dozen', 'pair', 'lot'])

function isAfterSingular(words: readonly Word[], at: number, subject: number): boolean {
  const before = words[subject]
  if (before === undefined || before.lower !== before.lemma || severalThings.has(before.lower)) return false
  if (isNominal(words[at + 1]) && !isAnimate(before)) return false
  return ofOne.has(words[openingOf(words, subject)]?.lower ?? '')
}
