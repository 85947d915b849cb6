import type { Span } from '../../../schemas/known-phrases.js'
import { parseText } from '../texts/parse-text.js'

const determiners = 'a|an|the|this|that|these|those|some|any|each|every|another|my|your|his|her|its|our|their'
const leadingDeterminer = new RegExp(`^(?:${determiners})\\s+`, 'iu')
const leadingArticle = /^(?:an?|the|this|that|these|those)\s+/iu
const articleBefore = /(?<![\p{L}\p{M}\p{N}'’-])(?:an?|the)\s+$/iu
const sentenceMarks = /^[\s.,;:!?]+|[\s.,;:!?]+$/gu

/** Why characters of a text are no phrase, and the values that failed; null where they are one. */
export function spanFault(
  text: string,
  { start, end }: Span,
): { reason: string; rule: 'phrase_span'; failed: Record<string, unknown> } | null {
  const because = (reason: string) => ({
    reason,
    rule: 'phrase_span' as const,
    failed: { start, end, length: text.length },
  })
  const inside = Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start < end && end <= text.length
  if (!inside || text.slice(start, end).trim() === '') return because('span_outside_text')
  return splitsCharacter(text, start) || splitsCharacter(text, end) ? because('span_cuts_character') : null
}

/**
 * Where a phrase stands, the same for `dog`, `a dog` and `a dog.`: models draw the bounds of one phrase differently. It is
 * the parser's noun phrase that differs from the span by a determiner, white space or marks at its ends only; else
 * the span without white space and marks at its ends, and with the article directly before it. Takes a span without fault.
 */
export function placeOfPhrase(text: string, span: Span): Span {
  const bare = trimmed(text, span)
  const core = withoutDeterminer(text, bare)
  const noun = parseText(text).phrases.find((phrase) => isSame(withoutDeterminer(text, trimmed(text, phrase)), core))
  if (noun !== undefined) return { start: noun.start, end: noun.end }
  const bareWords = isSame(bare, core) && /[\p{L}\p{N}]/u.test(text.slice(bare.start, bare.end))
  const article = bareWords ? articleBefore.exec(text.slice(0, bare.start))?.[0] : undefined
  return { start: bare.start - (article?.length ?? 0), end: bare.end }
}

/** A phrase without an article or a demonstrative at its beginning. */
export function withoutArticle(phrase: string): string {
  return phrase.replace(leadingArticle, '')
}

/** The whole span where nothing else would be left. */
function trimmed(text: string, { start, end }: Span): Span {
  const phrase = text.slice(start, end)
  const inner = phrase.replace(sentenceMarks, '')
  const offset = phrase.indexOf(inner)
  return inner === '' ? { start, end } : { start: start + offset, end: start + offset + inner.length }
}

function withoutDeterminer(text: string, { start, end }: Span): Span {
  const determiner = leadingDeterminer.exec(text.slice(start, end))?.[0] ?? ''
  return { start: start + determiner.length, end }
}

function isSame(a: Span, b: Span): boolean {
  return a.start === b.start && a.end === b.end
}

/** Whether a bound lies between the two halves of one character (a surrogate pair). */
function splitsCharacter(text: string, at: number): boolean {
  return at > 0 && at < text.length && /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1))
}
