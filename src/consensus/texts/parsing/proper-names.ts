import { isKnownLabel } from './known-labels.js'
import type { Word } from './tagged-words.js'

/**
 * Which words are names: written with a capital where the writer had a choice (`a Nintendo Wii`), or at the start of a
 * sentence and in no dictionary (`Lassie stands`). A name takes along the noun with a capital behind it, known or not (`the
 * Eiffel Tower`). Not in titles and shouts, where most words have a capital, no dictionary word all in capitals (`a STOP sign`), and not what
 * the label table knows (`a Frisbee`).
 */
export function nameFlags(text: string, words: readonly Word[]): boolean[] {
  const lettered = words.filter(({ lower }) => /^\p{L}/u.test(lower))
  const capitals = lettered.filter(({ capital, first }) => capital && !first).length
  const choices = lettered.filter(({ first }) => !first).length
  const isTitle = choices > 1 && capitals > choices / 2
  const names: boolean[] = []
  for (const [at, word] of words.entries()) {
    const isNamed = isName(word) || (names[at - 1] === true && endsName(text, word))
    names.push(!isTitle && isNamed && !(word.common && isShouted(text, word)))
  }
  return names
}

/** `Tower` behind `Eiffel`; no `TV` or `T-shirt`, which have their capital anyway. */
function endsName(text: string, word: Word): boolean {
  const isNoun = word.tag === 'NOUN' || word.tag === 'PROPN'
  return isNoun && word.capital && !word.first && /^\p{L}{2}/u.test(word.lower) && !isShouted(text, word)
}

function isName({ capital, first, tag, lower, lemma, common }: Word): boolean {
  if (!capital || !['NOUN', 'PROPN', 'ADJ', 'X', 'VERB'].includes(tag)) return false
  if (first && common && tag !== 'PROPN') return false
  return !isKnownLabel(lower) && !isKnownLabel(lemma) && lower.length > 1
}

function isShouted(text: string, { start, end }: Word): boolean {
  const word = text.slice(start, end)
  return word.length > 1 && word === word.toUpperCase()
}
