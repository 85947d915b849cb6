import type { PartOfSpeech } from 'wink-nlp'
import { isA, isKnownLabel } from './known-labels.js'
import type { Word } from './tagged-words.js'
import { isNominal, isPossessive, leadsToNoun, opensNoun } from './word-context.js'

/**
 * What a participle is where it stands: a verb (`a man painting a wall`, `a car parked on`), a modifier (`a parked car`,
 * `a snow covered hill`, `a smiling man`) or a noun (`a painting of`); null where the word is no participle or its tag is right.
 */
export function participleTag(words: readonly Word[], at: number): PartOfSpeech | null {
  const word = words[at]
  if (word === undefined || !participleTags.has(word.tag)) return null
  if (/..ing$/.test(word.lower)) return presentTag(words, at)
  if (!isPast(word)) return null
  return pastTag(words, at) ?? (word.tag === 'NOUN' && isNominal(words[at - 1]) ? 'VERB' : null)
}

const participleTags = new Set<PartOfSpeech>(['VERB', 'NOUN', 'ADJ', 'X'])

/** Words in -ing that are no form of a verb, or have long been things. */
const things = new Set([
  ...['anything', 'awning', 'bearing', 'bedding', 'being', 'blessing', 'bring', 'ceiling', 'clothing', 'duckling'],
  ...['during', 'earring', 'evening', 'everything', 'flooring', 'frosting', 'icing', 'interesting', 'lightning'],
  ...['morning', 'nothing', 'offspring', 'pudding', 'railing', 'rigging', 'scaffolding', 'seasoning', 'sibling'],
  ...['siding', 'sling', 'something', 'spring', 'sterling', 'stocking', 'string', 'stuffing', 'swing', 'thing'],
  ...['wedding', 'wing', 'underling', 'sapling', 'yearling', 'fledgling', 'gosling'],
])

/** Doings that are also things: verbs where an object follows, or behind a person. */
const doingsOrThings = new Set([
  ...[
    'building',
    'carving',
    'coating',
    'covering',
    'crossing',
    'drawing',
    'dressing',
    'dwelling',
    'fencing',
    'filling',
  ],
  ...['gathering', 'landing', 'lighting', 'listing', 'marking', 'meeting', 'opening', 'outing', 'painting', 'parking'],
  ...['plating', 'seating', 'serving', 'setting', 'shelving', 'topping', 'tubing', 'wiring', 'writing'],
])

/** Purposes that modify the noun behind them, whatever stands before: `at dining room table`. */
const purposes = new Set(['dining', 'living', 'parking', 'vending', 'sewing', 'swimming', 'baking', 'sleeping'])

/** Prepositions behind which a participle before a noun modifies it: `in running water`, but `from eating grass`. */
const placing = new Set(['with', 'in', 'on', 'near', 'at', 'behind', 'beside', 'under', 'above', 'through', 'into'])

function presentTag(words: readonly Word[], at: number): PartOfSpeech | null {
  const word = words[at]
  const before = words[at - 1]
  if (word === undefined || things.has(word.lower)) return word?.tag === 'VERB' ? 'NOUN' : null
  const modifies = leadsToNoun(words, at + 1)
  if (modifies && (purposes.has(word.lower) || before?.tag === 'NUM')) return 'ADJ'
  if (opensNoun(words, at - 1)) return modifies ? 'ADJ' : 'NOUN'
  if (doingsOrThings.has(word.lower) && isThingHere(before, words[at + 1])) return 'NOUN'
  return modifies && before?.tag === 'ADP' && placing.has(before.lower) ? 'ADJ' : 'VERB'
}

function isThingHere(before: Word | undefined, next: Word | undefined): boolean {
  if (before === undefined || before.tag === 'AUX' || before.tag === 'PRON') return false
  if (isPossessive(next) || ['DET', 'PRON', 'NUM', 'ADJ'].includes(next?.tag ?? 'X')) return false
  return !(isNominal(before) && isA(before.lemma, 'person'))
}

const irregularPast = new Set([
  ...['beaten', 'bent', 'bitten', 'bound', 'broken', 'built', 'burnt', 'chosen', 'drawn', 'driven', 'eaten', 'fallen'],
  ...['flown', 'forgotten', 'frozen', 'grown', 'hidden', 'hung', 'kept', 'knit', 'laden', 'lit', 'lost', 'made'],
  ...['ridden', 'rotten', 'shaven', 'spilt', 'split', 'stolen', 'strewn', 'sunken', 'swollen', 'thrown', 'torn'],
  ...['worn', 'woven', 'written'],
])

function isPast({ lower, lemma, tag }: Word): boolean {
  if (irregularPast.has(lower)) return true
  return /..ed$/.test(lower) && (tag === 'VERB' || (lower.length > 5 && !isKnownLabel(lemma)))
}

/** A form that is no base form and none in -s. */
export function isParticiple({ lower }: Word): boolean {
  return /..(?:ing|ed)$/.test(lower) || irregularPast.has(lower)
}

/** Participles that take the noun before them along: `rain covered road`, `gold colored scissors`. */
const ofCompounds = new Set([
  ...['based', 'capped', 'carpeted', 'colored', 'coloured', 'covered', 'crusted', 'decorated', 'dotted', 'drawn'],
  ...['dried', 'dusted', 'fed', 'filled', 'flavored', 'framed', 'fried', 'infested', 'laden', 'lined', 'lit', 'loaded'],
  ...[
    'made',
    'operated',
    'packed',
    'painted',
    'paneled',
    'patterned',
    'paved',
    'powered',
    'printed',
    'roasted',
    'shaped',
    'sided',
  ],
  ...['sized', 'soaked', 'strewn', 'striped', 'stuffed', 'themed', 'tiled', 'topped', 'trimmed', 'walled', 'wooded'],
])

/** Tags behind which a participle before a noun modifies it; so it does at the start: `covered boats`. */
const opening = new Set<PartOfSpeech>(['ADP', 'NUM', 'ADV', 'CCONJ', 'ADJ', 'DET', 'VERB'])

function pastTag(words: readonly Word[], at: number): PartOfSpeech | null {
  const word = words[at]
  const before = words[at - 1]
  if (word === undefined) return null
  const modifies = leadsToNoun(words, at + 1)
  if (opensNoun(words, at - 1) && (modifies || words[at + 1]?.tag === 'VERB')) return 'ADJ'
  if (!modifies) return null
  if (before === undefined || word.first || opening.has(before.tag)) return 'ADJ'
  return isNominal(before) && ofCompounds.has(word.lower) ? 'ADJ' : null
}
