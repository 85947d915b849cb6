import { FldError } from '../../../schemas/errors.js'
import type { DecodedRow } from './decode-protocol.js'
import { type ExponentialSum, exponentialSum } from './exponential-sum.js'
import { NgramBlocker } from './ngram-blocker.js'
import {
  firstSequence,
  forcedNext,
  lengthPenalized,
  ruledOut,
  type SearchContext,
  type SearchRow,
} from './search-row.js'
import { type LogitsRow, topTokens } from './token-scores.js'

/** Always the likeliest next token. */
export class GreedyRow implements SearchRow {
  readonly #context: SearchContext
  readonly #ids: number[]
  readonly #logProbs: number[]
  readonly #blocker: NgramBlocker
  #done = false

  constructor(context: SearchContext) {
    const { ids, logProbs } = firstSequence(context)
    this.#context = context
    this.#blocker = new NgramBlocker(context.search.noRepeatNgramSize)
    this.#ids = []
    this.#logProbs = []
    ids.forEach((id, index) => {
      this.#add(id, logProbs[index] ?? 0)
    })
    this.#endWhereForced()
  }

  get length(): number {
    return this.#ids.length
  }

  get done(): boolean {
    return this.#done
  }

  lastIds(): readonly number[] {
    return this.#ids.slice(-1)
  }

  advance([logits]: readonly LogitsRow[]): readonly number[] {
    if (logits === undefined) throw new FldError('internal', 'a step without logits')
    const { max, logSum } = sumOf(logits)
    const id = bestAllowed(logits, max, ruledOut(this.#context, this.#ids, this.#blocker))
    this.#add(id, (logits.values[logits.start + id] ?? 0) - logSum)
    this.#done = id === this.#context.tokens.end || this.length >= this.#context.maxLength
    this.#endWhereForced()
    return [0]
  }

  result(): DecodedRow {
    const sum = this.#logProbs.reduce((total, value) => total + value, 0)
    const score = lengthPenalized(sum, this.length, this.#context.search)
    return { ids: [...this.#ids], logProbs: [...this.#logProbs], score }
  }

  #add(id: number, logProb: number): void {
    this.#ids.push(id)
    this.#logProbs.push(logProb)
    this.#blocker.added(this.#ids)
  }

  #endWhereForced(): void {
    if (this.#done) return
    const forced = forcedNext(this.#context, this.length)
    if (forced === null) return
    this.#add(forced, 0)
    this.#done = true
  }
}

/**
 * What a logit is above it is its log-probability. Throws FldError `annotator_failed` where the logits hold NaN: nothing
 * could be chosen from them.
 */
export function sumOf({ values, start, length }: LogitsRow): ExponentialSum {
  const sum = exponentialSum(values, start, length)
  if (!Number.isNaN(sum.logSum)) return sum
  throw new FldError(
    'annotator_failed',
    'the logits hold NaN: the decoder overflowed, as one of float16 may where float32 does not, or its input holds NaN',
  )
}

/** Where the likeliest of all is allowed no more than its place is looked for. */
function bestAllowed(logits: LogitsRow, max: number, ruledOut: readonly number[]): number {
  const { values, start } = logits
  const likeliest = values.indexOf(max, start) - start
  if (!ruledOut.includes(likeliest)) return likeliest
  for (const id of ruledOut) values[start + id] = Number.NEGATIVE_INFINITY
  const [best] = topTokens(logits, 1)
  if (best === undefined) throw new FldError('annotator_failed', 'the decoder allows no token at all')
  return best
}
