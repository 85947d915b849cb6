const segmenter = new Intl.Segmenter('en', { granularity: 'word' })

/**
 * Plain English: letters, digits and the marks that never stand inside a word. What may join words (apostrophes, dots and
 * commas between letters or digits, underscores) is left to the segmenter.
 */
const plainText = /^(?:[A-Za-z0-9]|[ \n!?"()/-]|[.,;:](?![A-Za-z0-9]))*$/

/** Words of a text by Unicode word segmentation (UAX 29): what counts as tokens here. Punctuation and spaces are none. */
export function countWords(text: string): number {
  return wordsOf(text).length
}

/** The words of a text as they stand there, by the same segmentation. */
export function wordsOf(text: string): string[] {
  // Segmenting is slow, and most texts are plain.
  if (plainText.test(text)) return text.match(/[A-Za-z0-9]+/g) ?? []
  const words: string[] = []
  for (const { segment, isWordLike } of segmenter.segment(text)) if (isWordLike) words.push(segment)
  return words
}
