const segmenter = new Intl.Segmenter('en', { granularity: 'word' })

/** Words of a text by Unicode word segmentation (UAX 29): what counts as tokens here. Punctuation and spaces are none. */
export function countWords(text: string): number {
  // Most phrases are one plain word, and segmenting is slow.
  if (/^[A-Za-z]+$/.test(text)) return 1
  let count = 0
  for (const { isWordLike } of segmenter.segment(text)) if (isWordLike) count++
  return count
}
