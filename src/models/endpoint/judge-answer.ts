import { countWords } from '../../../schemas/count-words.js'
import type { RejectedTextObservation } from '../../../schemas/observation.js'
import { refusalIn } from '../../../schemas/refusal.js'
import { answerText } from './answer-text.js'
import type { ChatOutcome } from './chat-protocol.js'

/** What an answer is good for: a text, or the reason why it is none with the values that failed. */
export type JudgedAnswer =
  | { readonly usable: true; readonly text: string }
  | ({ readonly usable: false } & Pick<RejectedTextObservation, 'text' | 'reason' | 'failed'>)

/** What was asked for. */
export interface AnswerLimits {
  readonly maxWords: number
  readonly maxTokens: number
}

/** Characters of a rejected text that are kept. */
const keptCharacters = 2000
/**
 * Characters that a word may have on average: a model that goes round in circles does not always put in spaces. It also
 * keeps long texts from the counting of words, whose time grows with the square of their length in Node 20.
 */
const charactersPerWord = 30

/** Decides whether an answer is a text about the image. Nothing is dropped: what is refused comes back with its reason. */
export function judgeAnswer(outcome: ChatOutcome, { maxWords, maxTokens }: AnswerLimits): JudgedAnswer {
  if (outcome.kind === 'malformed') return rejected(outcome.body, 'malformed', { problem: outcome.problem })
  const { finish_reason, refusal } = outcome
  if (refusal !== null) return rejected(refusal, 'refusal', { marked_by: 'the server' })
  if (finish_reason === 'content_filter') return rejected(outcome.text, 'refusal', { finish_reason })
  const text = answerText(outcome.text)
  const opening = refusalIn(text)
  if (opening !== null) return rejected(text, 'refusal', { opening })
  if (finish_reason === 'length') return rejected(text, 'over_long', { finish_reason, max_tokens: maxTokens })
  if (!/[\p{Letter}\p{Number}]/u.test(text)) return rejected(text, 'empty_text', { finish_reason })
  const maxCharacters = maxWords * charactersPerWord
  if (text.length > maxCharacters) {
    return rejected(text, 'over_long', { characters: text.length, max_characters: maxCharacters, max_words: maxWords })
  }
  const counted = countWords(text)
  if (counted > maxWords) return rejected(text, 'over_long', { words: counted, max_words: maxWords })
  return { usable: true, text }
}

function rejected(
  text: string,
  reason: RejectedTextObservation['reason'],
  failed: RejectedTextObservation['failed'],
): JudgedAnswer {
  const kept = text.slice(0, keptCharacters).replace(/\p{Surrogate}/gu, '\u{fffd}')
  return { usable: false, text: kept, reason, failed }
}
