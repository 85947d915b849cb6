const segmenter = new Intl.Segmenter('en', { granularity: 'word' })

/**
 * Plain English: letters, digits and the marks that never stand inside a word. What may join words (apostrophes, dots and
 * commas between letters or digits, underscores) is left to the segmenter.
 */
const plainText = /^(?:[A-Za-z0-9]|[ \n!?"()/-]|[.,;:](?![A-Za-z0-9]))*$/

/** Words of a text by Unicode word segmentation (UAX 29): what counts as tokens here. Punctuation and spaces are none. */
export function countWords(text: string): number {
  // Segmenting is slow, and most texts are plain.
  if (plainText.test(text)) return text.match(/[A-Za-z0-9]+/g)?.length ?? 0
  let count = 0
  for (const { isWordLike } of segmenter.segment(text)) if (isWordLike) count++
  return count
}
