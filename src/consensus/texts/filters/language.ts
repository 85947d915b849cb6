import { countWords } from '../../../../schemas/count-words.js'
import { isPlainEnglish } from './plain-english.js'

/** A text that is surely in a language that was not asked for. */
export interface OtherLanguage {
  /** ISO 639-1. */
  readonly language: string
  /** Scores, 0-1, of that language and of the best that was asked for. */
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

/** What is known of a text's language, to be held against what is allowed by `otherThan`. */
export interface DetectedLanguage {
  readonly language: string
  readonly scores: Readonly<Record<string, number>>
}

type Detector = typeof import('eld/extrasmall').eld

let detector: Detector | null = null

/**
 * Gets ready to tell the languages of these texts: the tables for it take a tenth of a second, and are loaded once one of
 * the texts is not plain English.
 */
export async function readyForLanguages(texts: Iterable<string>): Promise<void> {
  if (detector !== null) return
  for (const text of texts) {
    if (isPlainEnglish(ownWords(text))) continue
    detector = (await import('eld/extrasmall')).eld
    return
  }
}

/**
 * The language of a text; null where it cannot be told. English where every word is plain English, else by eld's n-grams
 * (https://github.com/nitotm/efficient-language-detector-js, its smallest database), on the first 350 bytes. What stands in
 * quotation marks was read off the picture, in any language, and is left out. Takes long. Throws RangeError for a text that
 * `readyForLanguages` was not asked about and that needs the tables.
 */
export function detectLanguage(text: string, { words }: Pick<LanguageLimits, 'words'>): DetectedLanguage | null {
  const said = ownWords(text)
  if (countWords(said) < words) return null
  if (isPlainEnglish(said)) return { language: 'en', scores: { en: 1 } }
  if (detector === null) throw new RangeError(`readyForLanguages was not asked about ${JSON.stringify(text)}`)
  const found = detector.detect(said)
  if (found.language === '' || !found.isReliable()) return null
  return { language: found.language, scores: found.getScores() }
}

/** What a text says itself, as far as it is looked at. */
function ownWords(text: string): string {
  return text.slice(0, charactersLookedAt).replace(/"[^"]*"|“[^”]*”|«[^»]*»/g, ' ')
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
