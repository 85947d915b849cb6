import type { AgreedText } from './annotation.js'

/** Characters of a text, end exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A text, and the phrases of it that are known. */
export interface PhrasedText {
  readonly text: string
  readonly phrases: readonly Span[]
}

/** Each text once, in order, with the phrases that anybody named in it: two granularities may have the same words. */
export function distinctTexts(texts: readonly AgreedText[]): PhrasedText[] {
  const phrases = new Map<string, Map<string, Span>>()
  for (const { text, phrases: places } of texts) {
    const known = phrases.get(text) ?? new Map<string, Span>()
    phrases.set(text, known)
    for (const place of places) {
      const span = trimmed(text, place)
      if (span !== null) known.set(`${span.start} ${span.end}`, span)
    }
  }
  return [...phrases].map(([text, known]) => ({ text, phrases: [...known.values()] }))
}

/** Without the white space at its ends; null where that leaves nothing, or it is no stretch of the text. */
function trimmed(text: string, { start, end }: Span): Span | null {
  const phrase = text.slice(start, end)
  if (end > text.length || phrase.trim() === '') return null
  const first = start + phrase.length - phrase.trimStart().length
  return { start: first, end: first + phrase.trim().length }
}
