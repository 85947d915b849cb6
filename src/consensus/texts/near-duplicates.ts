const segmenter = new Intl.Segmenter('en', { granularity: 'word' })
/** Words that say nothing of their own: `a dog is on the sofa` is `dog on sofa`. */
const fillers = new Set(['a', 'an', 'the', 'is', 'are', 'was', 'were', 'be', 'being', 'been', 'there'])

/** The distinct words of a text in lower case, without articles and forms of `to be`. */
export function wordSet(text: string): ReadonlySet<string> {
  const words = new Set<string>()
  for (const { segment, isWordLike } of segmenter.segment(text.normalize('NFKC').toLowerCase())) {
    if (isWordLike && !fillers.has(segment)) words.add(segment)
  }
  return words
}

/**
 * How much two texts have in common, 0-1: the mean of the words of both among those of either (Jaccard) and among those of
 * the shorter one. The second counts what one text adds to the other as less of a difference than what contradicts it.
 */
export function wordsInCommon(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0
  for (const word of a) if (b.has(word)) shared++
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
  const kept: { text: Text; words: ReadonlySet<string> }[] = []
  const duplicates: NearDuplicate<Text>[] = []
  for (const text of ranked) {
    const words = wordSet(text.text)
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
