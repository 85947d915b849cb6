import { eld } from 'eld/extrasmall'
import { countWords } from '../../../../schemas/count-words.js'

/** A text that is surely in a language that was not asked for. */
export interface OtherLanguage {
  /** ISO 639-1. */
  readonly language: string
  /** eld's scores, 0-1, of that language and of the best that was asked for. */
  readonly score: number
  readonly best_allowed: number
}

/** What counts as sure. */
export interface LanguageLimits {
  /** Fewer words say too little. */
  readonly words: number
  /** By how much another language must be ahead. */
  readonly margin: number
}

/** What eld says of a text, to be held against what is allowed by `otherThan`. */
export interface DetectedLanguage {
  readonly language: string
  readonly scores: Readonly<Record<string, number>>
}

/**
 * The language of a text; null where it cannot be told. By eld's n-grams
 * (https://github.com/nitotm/efficient-language-detector-js, its smallest database), on the first 350 bytes. What stands in
 * quotation marks was read off the picture, in any language, and is left out. Takes long.
 */
export function detectLanguage(text: string, { words }: LanguageLimits): DetectedLanguage | null {
  const said = text.slice(0, charactersLookedAt).replace(/"[^"]*"|“[^”]*”|«[^»]*»/g, ' ')
  if (countWords(said) < words) return null
  const found = eld.detect(said)
  if (found.language === '' || !found.isReliable()) return null
  return { language: found.language, scores: found.getScores() }
}

/** The language that was detected where it is surely none of `allowed`; null where it is one of them or cannot be told. */
export function otherThan(
  detected: DetectedLanguage | null,
  allowed: readonly string[],
  { margin }: LanguageLimits,
): OtherLanguage | null {
  if (detected === null || allowed.length === 0 || allowed.includes(detected.language)) return null
  const { language, scores } = detected
  const score = scores[language] ?? 0
  const best_allowed = Math.max(0, ...allowed.map((each) => scores[each] ?? 0))
  return score - best_allowed >= margin ? { language, score, best_allowed } : null
}

/** More than eld looks at. */
const charactersLookedAt = 2000
