import type { Observation } from '../../schemas/observation.js'
import { answerScore, hasMarkers } from './answer-scores.js'
import type { GeneratedAnswer } from './florence2.js'
import { plainAnswer, type Question, rejected } from './question.js'

/** What an answer in words is about, where it is no text of the image as a whole. */
export interface SaidOf {
  readonly granularity?: 'brief' | 'detailed' | 'more_detailed'
  readonly region_id?: string
}

/**
 * An answer in words as an observation that `observe` makes of its text and score. Without words it is a reject
 * (`empty_text`), and so it is where tokens that are no words stand among them (`malformed`): they would end up in a
 * dataset. An answer about a region may repeat its locations: they are left out.
 */
export function saidText(
  question: Pick<Question, 'request'>,
  generated: GeneratedAnswer,
  about: SaidOf,
  observe: (text: string, score: number) => Observation,
): Observation[] {
  const whole = plainAnswer(generated)
  const regional = about.region_id !== undefined
  if (hasMarkers(generated, { locations: regional })) {
    const failed = { expected: 'words without special tokens' }
    return [rejected(question, { text: whole, reason: 'malformed', ...about, failed })]
  }
  const text = regional ? withoutLocations(whole) : whole
  if (text === '') return [rejected(question, { text: whole, reason: 'empty_text', ...about, failed: {} })]
  return [observe(text, answerScore(generated))]
}

/** A text without location tokens, white space where they were as between words. */
function withoutLocations(text: string): string {
  return text
    .replace(/(?:<loc_\p{Nd}+>)+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
}
