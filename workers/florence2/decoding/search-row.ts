import type { DecodedRow, DecoderTokens, SearchSettings } from './decode-protocol.js'
import type { NgramBlocker } from './ngram-blocker.js'
import type { LogitsRow } from './token-scores.js'

/** What the search for one answer goes by. */
export interface SearchContext {
  readonly search: SearchSettings
  readonly tokens: DecoderTokens
  /** Most ids of the answer. */
  readonly maxLength: number
}

/** The search for one answer: it takes one row of the decoder per hypothesis, or one row for all before the first step. */
export interface SearchRow {
  /** Ids so far: equal for all hypotheses that are alive. */
  readonly length: number
  readonly done: boolean
  /** Last id of each hypothesis: what the decoder is fed next. */
  lastIds(): readonly number[]
  /**
   * Takes the logits of each hypothesis (the first step: one row for all), which it may overwrite. Returns, for each
   * hypothesis that goes on, which of them it goes on from.
   */
  advance(logits: readonly LogitsRow[]): readonly number[]
  /** Once it is done. */
  result(): DecodedRow
}

/** An answer as far as it is decoded. */
export interface Sequence {
  readonly ids: readonly number[]
  readonly logProbs: readonly number[]
}

/** The start, and what must follow it where there is room for more than the last id. */
export function firstSequence({ tokens, maxLength }: SearchContext): Sequence {
  const { start, forcedFirst } = tokens
  const ids = forcedFirst === null || maxLength <= 2 ? [start] : [start, forcedFirst]
  return { ids, logProbs: ids.map(() => 0) }
}

/** What must come next, whatever the decoder says: null in all places but the last. */
export function forcedNext({ tokens, maxLength }: SearchContext, length: number): number | null {
  return length === maxLength - 1 ? tokens.forcedLast : null
}

/** What may not come next: repeated n-grams, and the end while the answer is too short. */
export function ruledOut(
  { search, tokens }: SearchContext,
  ids: readonly number[],
  blocker: NgramBlocker,
): readonly number[] {
  const repeated = blocker.blocked(ids)
  return ids.length < search.minLength ? [...repeated, tokens.end] : repeated
}

/** The score by which answers are compared, from the sum of log-probabilities. */
export function lengthPenalized(sum: number, length: number, { lengthPenalty }: SearchSettings): number {
  return sum / (length - 1) ** lengthPenalty
}
