import { canonicalLabel } from '../../../../schemas/vocabularies/index.js'
import { isKnownLabel } from './known-labels.js'
import type { Chunk } from './noun-phrases.js'
import type { Word } from './tagged-words.js'
import { isImitation, isOtherThing, senseInContext } from './word-senses.js'

/**
 * The canonical label of a noun phrase: the longest end of it that the synonym table knows, as written or in the singular
 * (`stuffed teddy bear` is a teddy bear, `glasses` are no glass, `dog house` is no dog); null where the table knows none, and
 * where the head does not mean what it says (`flower bed`, `rocking horse`, `a stuffed sheep`).
 */
export function labelOfPhrase(words: readonly Word[], chunk: Chunk): string | null {
  const sense = senseInContext(words, chunk)
  if (sense !== undefined) return sense === null ? null : canonicalLabel(sense)
  for (let at = chunk.body; at <= chunk.head; at++) {
    if (at === chunk.head && isImitation(words, chunk)) return null
    const opening = words.slice(at, chunk.head).map(({ lower }) => lower)
    const names = endings(words, chunk.head).map((end) => [...opening, end].join(' '))
    if (names.some(isOtherThing)) return null
    const known = names.find(isKnownLabel)
    if (known !== undefined) return canonicalLabel(known)
  }
  return null
}

/** The head as written, then in the singular; `glasses of wine` are no spectacles. */
function endings(words: readonly Word[], head: number): string[] {
  const noun = words[head]
  if (noun === undefined) return []
  if (words[head + 1]?.lower === 'of') return [noun.lemma]
  return noun.lower.endsWith('s') ? [noun.lower, noun.lemma] : [noun.lemma, noun.lower]
}
