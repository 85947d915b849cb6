import { wordsOf } from '../../../schemas/count-words.js'
import { rememberByText } from './text-memory.js'

/** Words that say nothing of their own: `a dog is on the sofa` is `dog on sofa`. */
const fillers = new Set(['a', 'an', 'the', 'is', 'are', 'was', 'were', 'be', 'being', 'been', 'there'])

/** The words of a text in lower case, without articles and forms of `to be`. */
export interface SaidWords {
  readonly inOrder: readonly string[]
  readonly distinct: ReadonlySet<string>
}

export const saidWords: (text: string) => SaidWords = rememberByText((text) => {
  const inOrder = wordsOf(text.normalize('NFKC').toLowerCase()).filter((word) => !fillers.has(word))
  return { inOrder, distinct: new Set(inOrder) }
})

/**
 * How much two texts have in common, 0-1: the lower of what their words have and, among the words of both, what pairs of
 * neighbours have. The second tells `a man bites a dog` from `a dog bites a man`, and does not count again what one text adds.
 */
export function wordsInCommon(a: SaidWords, b: SaidWords): number {
  const words = inCommon(a.distinct, b.distinct)
  if (words === 0) return 0
  const [pairsA, pairsB] = [pairsAmong(a, b.distinct), pairsAmong(b, a.distinct)]
  // Where only one word is in both there is no order to differ in.
  return pairsA.size === 0 || pairsB.size === 0 ? words : Math.min(words, inCommon(pairsA, pairsB))
}

/** Each two words that follow each other when the words that only this text has are left out. */
function pairsAmong({ inOrder }: SaidWords, others: ReadonlySet<string>): ReadonlySet<string> {
  const shared = inOrder.filter((word) => others.has(word))
  return new Set(shared.slice(1).map((word, index) => `${shared[index]} ${word}`))
}

/**
 * The mean of what is in both among what is in either (Jaccard) and among what is in the smaller one. The second counts what
 * one text adds to the other as less of a difference than what contradicts it.
 */
function inCommon(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0
  for (const each of a) if (b.has(each)) shared++
  if (shared === 0) return 0
  return (shared / (a.size + b.size - shared) + shared / Math.min(a.size, b.size)) / 2
}

/** A text that a better one says already. */
export interface NearDuplicate<Text> {
  readonly text: Text
  readonly kept: Text
  readonly in_common: number
}

/** Goes through texts from the best down: one that has too much in common with a better one goes, to the nearest of these. */
export function withoutNearDuplicates<Text extends { readonly text: string }>(
  ranked: readonly Text[],
  highest: number,
): { kept: Text[]; duplicates: NearDuplicate<Text>[] } {
  const kept: { text: Text; words: SaidWords }[] = []
  const duplicates: NearDuplicate<Text>[] = []
  for (const text of ranked) {
    const words = saidWords(text.text)
    let nearest: { kept: Text; in_common: number } | null = null
    for (const other of kept) {
      const in_common = wordsInCommon(words, other.words)
      if (in_common > highest && in_common > (nearest?.in_common ?? 0)) nearest = { kept: other.text, in_common }
    }
    if (nearest === null) kept.push({ text, words })
    else duplicates.push({ text, ...nearest })
  }
  return { kept: kept.map(({ text }) => text), duplicates }
}
