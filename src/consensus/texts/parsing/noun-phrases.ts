import { colourNouns } from './noun-kinds.js'
import type { Word } from './tagged-words.js'

/** A noun phrase as places in the sequence of words. */
export interface Chunk {
  /** Its first word: a determiner or possessive where it has one. */
  readonly first: number
  /** Its first word behind determiners: a modifier, or the head itself. */
  readonly body: number
  /** Its head, the last noun. */
  readonly head: number
}

/**
 * The base noun phrases of tagged words, by place, without what follows their head: determiners, modifiers (qualities joined
 * by commas and `and` too: `a blue and white cup`), compound nouns. A possessor is a phrase of its own (`the man` and `hand`
 * in `the man's hand`), and so are two nouns of which the first is a plural (`bushes trees`): compounds take the singular.
 */
export function nounPhrases(words: readonly Word[]): Chunk[] {
  const found: Chunk[] = []
  for (let at = 0; at < words.length; ) {
    const chunk = phraseAt(words, at)
    if (chunk !== null) found.push(chunk)
    at = chunk === null ? at + 1 : chunk.head + 1
  }
  return found
}

function phraseAt(words: readonly Word[], first: number): Chunk | null {
  let body = first
  while (isDeterminer(words[body])) body++
  let head = -1
  for (let at = body; at < words.length; at++) {
    const word = words[at]
    if (word === undefined || (head >= 0 && endsPhrase(words, at))) break
    if (isNoun(word)) head = at
    else if (head < 0 && !isModifier(words, at)) break
  }
  return head < 0 ? null : { first, body, head }
}

function isDeterminer(word: Word | undefined): boolean {
  return word?.tag === 'DET' || (word?.tag === 'PRON' && possessives.has(word.lower))
}

const possessives = new Set(['my', 'your', 'his', 'her', 'its', 'our', 'their'])

function isNoun(word: Word | undefined): boolean {
  return word?.tag === 'NOUN' || word?.tag === 'PROPN'
}

/** A quality by its tag; a colour; a compound with a hyphen before a noun (`knee-length`). */
function isQuality(word: Word | undefined): boolean {
  return word?.tag === 'ADJ' || (word !== undefined && (colourNouns.has(word.lower) || /.-./.test(word.lower)))
}

function isModifier(words: readonly Word[], at: number): boolean {
  const word = words[at]
  if (word?.tag === 'ADJ' || word?.tag === 'NUM') return true
  if (word?.tag === 'ADV') {
    const next = words[at + 1]
    return next?.tag === 'ADJ' || next?.tag === 'ADV' || (isNoun(next) && isDeterminer(words[at - 1]))
  }
  return isJoint(words, at)
}

/** A comma, `and`, or both between two qualities of one noun. */
function isJoint(words: readonly Word[], at: number): boolean {
  const word = words[at]
  if (word?.lower !== ',' && word?.tag !== 'CCONJ') return false
  const before = words[at - 1]?.lower === ',' ? at - 2 : at - 1
  const next = word.lower === ',' && words[at + 1]?.tag === 'CCONJ' ? at + 2 : at + 1
  return isQuality(words[before]) && isQuality(words[next])
}

/** Whether a phrase that has a noun already ends before this word. */
function endsPhrase(words: readonly Word[], at: number): boolean {
  const before = words[at - 1]
  if (isNoun(words[at])) return isNoun(before) && before !== undefined && isPlural(before)
  // A participle that takes the noun before it along: `snow covered hill`; and colours: `green and silver hydrant`.
  if (words[at]?.tag === 'ADJ' && isParticiple(words[at])) return !leadsToNoun(words, at)
  if (isJoint(words, at) && before !== undefined && colourNouns.has(before.lower)) return !leadsToNoun(words, at + 1)
  // A colour before other qualities is one of them: `an orange ten speed bicycle`.
  return !(before !== undefined && colourNouns.has(before.lower)) || !leadsToNoun(words, at)
}

function isParticiple(word: Word | undefined): boolean {
  return word !== undefined && /(?:ed|en|wn|lit|made)$/.test(word.lower)
}

function leadsToNoun(words: readonly Word[], from: number): boolean {
  let at = from
  while ((isQuality(words[at]) && !isNoun(words[at])) || words[at]?.tag === 'NUM') at++
  return isNoun(words[at])
}

const singularInS = new Set([
  'sports',
  'sales',
  'goods',
  'news',
  'arms',
  'savings',
  'clothes',
  'electronics',
  'glasses',
])

function isPlural({ lower, lemma }: Word): boolean {
  return lower !== lemma && lower.endsWith('s') && !singularInS.has(lower)
}
