import {
  abstractNouns,
  bareMeasureNouns,
  colourNouns,
  gameNouns,
  measureNouns,
  pictureNouns,
  relationalNouns,
  twoFacedNouns,
} from './noun-kinds.js'
import type { Chunk } from './noun-phrases.js'
import type { Word } from './tagged-words.js'

/** What a noun phrase is to its text: a thing that can be seen, the measure of the phrase behind it, or neither. */
export type Role = 'object' | 'measure' | 'none'

export function roleOf(words: readonly Word[], chunk: Chunk): Role {
  const head = words[chunk.head]
  if (head === undefined) return 'none'
  const beforeOf = words[chunk.head + 1]?.lower === 'of'
  const compound = chunk.head > chunk.body && words[chunk.head - 1]?.tag === 'NOUN'
  if (beforeOf && !compound && isMeasure(words, chunk)) return 'measure'
  if (pictureNouns.has(head.lemma) && (isThisPicture(words, chunk) || isOpening(words, chunk))) {
    if (beforeOf) return 'measure'
    if (isThisPicture(words, chunk) || showing.has(words[chunk.head + 1]?.lemma ?? '')) return 'none'
  }
  if (isPlace(words, chunk, compound) || (!compound && abstractNouns.has(head.lemma))) return 'none'
  if (twoFacedNouns.has(head.lemma) && isDoingOrTime(words, chunk)) return 'none'
  if (compound && isEvent(head.lemma)) return 'none'
  if (isColour(words, chunk) || isGame(words, chunk) || isFragment(head)) return 'none'
  return 'object'
}

function isMeasure(words: readonly Word[], { head }: Chunk): boolean {
  const noun = words[head]?.lemma ?? ''
  return measureNouns.has(noun) || (bareMeasureNouns.has(noun) && words[head + 2]?.tag === 'NOUN')
}

/** `the image`, `this photo`: no picture in the picture. */
function isThisPicture(words: readonly Word[], { first, body, head }: Chunk): boolean {
  return body === head && ['the', 'this'].includes(words[first]?.lower ?? '')
}

/** Behind the picture itself: `A photo shows`; but `a picture hangs on the wall`. */
const showing = new Set(['show', 'depict', 'feature', 'capture', 'contain', 'display', 'present', 'portray', 'be'])

/** The first phrase of its sentence, as in `a picture of`, `there is a view of`. */
function isOpening(words: readonly Word[], { first }: Chunk): boolean {
  return words[first]?.first === true || ['is', 'this', 'an', 'a'].includes(words[first - 1]?.lower ?? '')
}

const placing = new Set(['other', 'far', 'left', 'right', 'opposite', 'same', 'very', 'front', 'back', 'top', 'bottom'])

/** `the side of`, `in the background`, `on the other side`; but `a black top` is clothing. */
function isPlace(words: readonly Word[], { body, head }: Chunk, compound: boolean): boolean {
  const noun = words[head]
  if (noun === undefined || compound || !relationalNouns.has(noun.lemma)) return false
  return words.slice(body, head).every(({ lower }) => placing.has(lower))
}

const duringWords = new Set(['after', 'at', 'before', 'during', 'for', 'in', 'of', 'since', 'until', 'throughout'])
const playing = new Set(['play', 'watch', 'win', 'lose', 'start', 'finish', 'enjoy', 'have', 'attend'])

/** `spring flowers bloom in spring`, `during a match`, `win the match`, `a match between`; but `a match on a table`. */
function isDoingOrTime(words: readonly Word[], { first, head }: Chunk): boolean {
  const before = words[first - 1]
  if (first === head || words[head + 1]?.lower === 'between') return true
  return before !== undefined && (duringWords.has(before.lower) || (before.tag === 'VERB' && playing.has(before.lemma)))
}

/** Events and doings stay what they are in a compound: `a baseball game`, `a skateboard trick`. */
function isEvent(lemma: string): boolean {
  return events.has(lemma)
}

const events = new Set([
  ...[
    'game',
    'match',
    'race',
    'tournament',
    'competition',
    'trick',
    'trip',
    'ride',
    'time',
    'day',
    'practice',
    'event',
  ],
  ...['session', 'season', 'contest', 'style', 'activity', 'conversation', 'jump', 'turn', 'swing', 'serve', 'pose'],
])

/** A colour without a thing, as in `dressed in black`, `painted orange and white`. */
function isColour(words: readonly Word[], { first, head }: Chunk): boolean {
  const noun = words[head]
  if (noun === undefined || !colourNouns.has(noun.lemma)) return false
  if (noun.lemma !== 'orange') return true
  if (first < head || noun.lower !== noun.lemma) return false
  const before = words[head - 1]
  const colour = words[head - 2]
  return (
    before?.lower === 'in' ||
    before?.tag === 'AUX' ||
    before?.tag === 'VERB' ||
    (colour !== undefined && colourNouns.has(colour.lower))
  )
}

/** `playing baseball`, `after dinner`; but `a baseball`, `two footballs`. */
function isGame(words: readonly Word[], { first, head }: Chunk): boolean {
  const noun = words[head]
  return noun !== undefined && first === head && noun.lower === noun.lemma && gameNouns.has(noun.lemma)
}

function isFragment({ lower }: Word): boolean {
  return !/\p{L}{2}/u.test(lower)
}
