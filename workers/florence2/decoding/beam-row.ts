import { FldError } from '../../../schemas/errors.js'
import type { DecodedRow } from './decode-protocol.js'
import { sumOf } from './greedy-row.js'
import { NgramBlocker } from './ngram-blocker.js'
import {
  firstSequence,
  forcedNext,
  lengthPenalized,
  ruledOut,
  type SearchContext,
  type SearchRow,
  type Sequence,
} from './search-row.js'
import { type LogitsRow, topTokens } from './token-scores.js'

/** Subtracted from what must not be chosen: below any score, and still in order among themselves. */
const excluded = 1e9

/** A hypothesis that goes on. */
interface Beam extends Sequence {
  /** Sum of its log-probabilities. */
  readonly sum: number
  readonly blocker: NgramBlocker
}

/** One way to go on: which token, from which hypothesis. */
interface Continuation {
  readonly from: number
  readonly id: number
  readonly logProb: number
  readonly sum: number
  /** It ends the answer. */
  readonly ends: boolean
}

/** A place among the best answers; empty ones have no sequence. */
interface Finished {
  readonly sequence: Sequence | null
  readonly score: number
}

/**
 * Beam search as transformers 5 does it (generation/utils.py, `_beam_search`): of all continuations of all beams the best
 * two per beam are looked at; those among the best `beams` that end compete, by their length-penalised score, for as many
 * places among the finished; the best that do not end go on. Each answer stops on its own: in a batch of transformers
 * rows that have stopped wait for the others and change no more.
 */
export class BeamRow implements SearchRow {
  readonly #context: SearchContext
  readonly #width: number
  #beams: readonly Beam[]
  #finished: readonly Finished[]
  /** Whether the beams that go on may still beat the finished. */
  #improvable = true
  #done = false

  constructor(context: SearchContext) {
    const first = firstSequence(context)
    const blocker = new NgramBlocker(context.search.noRepeatNgramSize)
    first.ids.forEach((_, index) => {
      blocker.added(first.ids.slice(0, index + 1))
    })
    this.#context = context
    this.#width = context.search.beams
    this.#beams = [{ ...first, sum: 0, blocker }]
    this.#finished = Array.from({ length: this.#width }, () => ({ sequence: null, score: -excluded }))
    this.#endWhereForced()
  }

  get length(): number {
    return this.#beams[0]?.ids.length ?? 0
  }

  get done(): boolean {
    return this.#done
  }

  lastIds(): readonly number[] {
    return this.#beams.map(({ ids }) => ids[ids.length - 1] ?? 0)
  }

  advance(logits: readonly LogitsRow[]): readonly number[] {
    const continuations = this.#beams.flatMap((beam, from) => {
      const row = logits[from]
      return row === undefined ? [] : this.#continuationsOf(beam, from, row)
    })
    const parents = this.#take(continuations)
    this.#endWhereForced()
    return parents
  }

  result(): DecodedRow {
    const [best] = this.#finished
    if (best === undefined || best.sequence === null) throw new FldError('internal', 'beam search ended with no answer')
    const { ids, logProbs } = best.sequence
    return { ids: [...ids], logProbs: [...logProbs], score: best.score }
  }

  #continuationsOf({ ids, sum, blocker }: Beam, from: number, logits: LogitsRow): Continuation[] {
    const { logSum } = sumOf(logits)
    for (const id of ruledOut(this.#context, ids, blocker)) logits.values[logits.start + id] = Number.NEGATIVE_INFINITY
    return topTokens(logits, 2 * this.#width).map((id) => {
      const logProb = (logits.values[logits.start + id] ?? 0) - logSum
      const ends = id === this.#context.tokens.end || ids.length + 1 >= this.#context.maxLength
      return { from, id, logProb, sum: sum + logProb, ends }
    })
  }

  /** Chooses among all continuations of a step. Returns which beam each of the new ones goes on from. */
  #take(continuations: readonly Continuation[]): number[] {
    const before = this.#beams
    const best = [...continuations].sort((a, b) => b.sum - a.sum || a.from - b.from || a.id - b.id)
    const candidates = best.slice(0, 2 * this.#width)
    this.#finish(candidates)
    const going = candidates
      .map((candidate) => ({ candidate, sum: candidate.sum - (candidate.ends ? excluded : 0) }))
      .sort((a, b) => b.sum - a.sum)
      .slice(0, this.#width)
    this.#beams = this.#continued(going)
    this.#stop(candidates, before[0]?.ids.length ?? 0)
    return going.map(({ candidate }) => candidate.from)
  }

  /** The first that goes on from a beam takes its blocker over; others fork it. */
  #continued(going: readonly { candidate: Continuation; sum: number }[]): Beam[] {
    const forks = going.map(({ candidate }, index) => {
      const blocker = this.#beams[candidate.from]?.blocker
      const shared = going.findIndex(({ candidate: other }) => other.from === candidate.from) < index
      return shared ? blocker?.fork() : blocker
    })
    return going.map(({ candidate, sum }, index) => {
      const sequence = this.#sequenceOf(candidate)
      const blocker = forks[index] ?? new NgramBlocker(0)
      blocker.added(sequence.ids)
      return { ...sequence, sum, blocker }
    })
  }

  #sequenceOf({ from, id, logProb }: Continuation): Sequence {
    const parent = this.#beams[from]
    return { ids: [...(parent?.ids ?? []), id], logProbs: [...(parent?.logProbs ?? []), logProb] }
  }

  /** Only the best `beams` may end; the rest are there so that enough go on. */
  #finish(candidates: readonly Continuation[]): void {
    if (!this.#improvable || (this.#isFull() && this.#context.search.earlyStopping === true)) return
    const ended = candidates
      .slice(0, this.#width)
      .filter(({ ends }) => ends)
      .map((candidate): Finished => {
        const sequence = this.#sequenceOf(candidate)
        const score = lengthPenalized(candidate.sum, sequence.ids.length, this.#context.search)
        return { sequence, score }
      })
    this.#finished = [...this.#finished, ...ended].sort((a, b) => b.score - a.score).slice(0, this.#width)
  }

  #isFull(): boolean {
    return this.#finished.every(({ sequence }) => sequence !== null)
  }

  #stop(candidates: readonly Continuation[], lengthBefore: number): void {
    this.#improvable &&= this.#mayImprove(lengthBefore + 1)
    const full = this.#isFull() && this.#context.search.earlyStopping === true
    this.#done = !this.#improvable || full || candidates.every(({ ends }) => ends)
  }

  /** The estimate of transformers: the best running sum over the present length, or over the longest for `never`. */
  #mayImprove(length: number): boolean {
    const { search, maxLength } = this.#context
    const longest = search.earlyStopping === 'never' && search.lengthPenalty > 0
    const best = lengthPenalized(this.#beams[0]?.sum ?? 0, longest ? maxLength : length, search)
    const worst = Math.min(...this.#finished.map(({ score }) => score))
    return this.#finished.some(({ sequence }) => best > (sequence === null ? -excluded : worst))
  }

  #endWhereForced(): void {
    const forced = this.#done ? null : forcedNext(this.#context, this.length)
    if (forced === null) return
    this.#take(this.#beams.map(({ sum }, from) => ({ from, id: forced, logProb: 0, sum, ends: true })))
    this.#done = true
  }
}
