import type { CaptionPhrase } from '../../schemas/observation.js'

/** A piece of a sentence: plain words, or a noun phrase with the regions it stands for. */
export type Piece = string | { readonly text: string; readonly region_ids: readonly string[] }

export type Sentence = readonly Piece[]

/** A text and its noun phrases: `text.slice(start, end)` is the phrase, end exclusive. */
export interface CaptionText {
  readonly text: string
  readonly phrases: CaptionPhrase[]
}

/** Sentences become a text: capitals, full stops and single spaces between them, with the exact span of every noun phrase. */
export function renderCaption(sentences: readonly Sentence[]): CaptionText {
  const phrases: CaptionPhrase[] = []
  let text = ''
  for (const sentence of sentences) {
    if (text !== '') text += ' '
    const sentenceStart = text.length
    for (const piece of sentence) {
      const words = typeof piece === 'string' ? piece : piece.text
      const start = text.length
      text += start === sentenceStart ? capitalised(words) : words
      if (typeof piece !== 'string') phrases.push({ start, end: text.length, region_ids: [...piece.region_ids] })
    }
    text += '.'
  }
  return { text, phrases }
}

/** "a", "a and b", "a, b and c". */
export function enumerate(items: readonly Piece[]): Piece[] {
  return items.flatMap((item, index): Piece[] => {
    if (index === 0) return [item]
    return [index === items.length - 1 ? ' and ' : ', ', item]
  })
}

/** The first letter in upper case where that does not change the length of the text (spans stay exact). */
function capitalised(words: string): string {
  const first = words.charAt(0)
  const upper = first.toUpperCase()
  return upper.length === first.length ? upper + words.slice(1) : words
}
