import { FldError } from '../../../schemas/errors.js'
import type { ProgramControl, SessionProgram } from '../../../src/models/sessions/program.js'
import { BeamRow } from './beam-row.js'
import { beginCohort, type WaitingRow } from './begin-cohort.js'
import { type Cohort, type CohortRow, joinCohorts, type SteppedCohort, stepCohort } from './cohort.js'
import type { DecodedRow, DecodeInput, DecodeOutput } from './decode-protocol.js'
import { DecoderGraphs } from './decoder-graphs.js'
import { GreedyRow } from './greedy-row.js'
import type { SearchContext } from './search-row.js'

/** Rows that begin together: what the encoder works with for more would be larger than what they share. */
const mostAtOnce = 8

/**
 * The decoding program: runs in the session thread that has the graphs `embed`, `encoder` and `decoder`, and decodes all
 * rows it is given. Rows leave when they are done, and others take their place within the memory of the caches: they
 * begin as a cohort of their own, which goes first until it is as long as another, and joins it.
 */
export const program: SessionProgram = (graphs) => async (input, control) => {
  const asked = input as DecodeInput
  const output = await new Decoding(asked, new DecoderGraphs(graphs, asked.heads)).run(control)
  return { output, transfer: [] }
}

class Decoding {
  readonly #input: DecodeInput
  readonly #graphs: DecoderGraphs
  readonly #promptLength: number
  readonly #capacity: number
  readonly #decoded: (DecodedRow | undefined)[]
  #waiting: WaitingRow[]
  #cohorts: Cohort[] = []
  readonly #stats = { tokens: 0, steps: 0, stepRows: 0, stepMs: 0, graphMs: 0 }

  constructor(input: DecodeInput, graphs: DecoderGraphs) {
    const { rows, search, images, width } = input
    this.#input = input
    this.#graphs = graphs
    this.#decoded = rows.map(() => undefined)
    this.#promptLength = Math.max(0, ...rows.map(({ prompt }) => prompt.length))
    const source = (images[0]?.length ?? 0) / width + this.#promptLength
    const longest = Math.max(0, ...rows.map(({ maxLength }) => maxLength))
    const rowBytes = graphs.rowBytes(source, longest, width) * search.beams
    this.#capacity = Math.max(1, Math.floor(input.cacheBytes / rowBytes))
    this.#waiting = rows.map((row, index) => ({ row, index, search: searchOf(input, row.maxLength) }))
  }

  async run(control: ProgramControl): Promise<DecodeOutput> {
    this.#finish(this.#waiting.filter(({ search }) => search.done))
    this.#waiting = this.#waiting.filter(({ search }) => !search.done)
    while (this.#waiting.length > 0 || this.#cohorts.length > 0) {
      if (control.aborted()) throw new FldError('aborted', 'decoding was stopped')
      if (this.#mayBegin()) await this.#begin()
      else await this.#step()
    }
    const rows = this.#decoded.map((row, index) => row ?? undecoded(index))
    return { rows, stats: { ...this.#stats } }
  }

  /** With half of the room free: a few rows that begin alone keep the many waiting. */
  #mayBegin(): boolean {
    const underWay = this.#cohorts.reduce((sum, { rows }) => sum + rows.length, 0)
    const beginning = this.#cohorts.some(({ length }) => length <= 3)
    const room = this.#capacity - underWay
    return this.#waiting.length > 0 && room > 0 && (beginning || room >= this.#capacity / 2)
  }

  async #begin(): Promise<void> {
    const underWay = this.#cohorts.reduce((sum, { rows }) => sum + rows.length, 0)
    const chosen = this.#waiting.splice(0, Math.min(mostAtOnce, this.#capacity - underWay))
    const context = { input: this.#input, graphs: this.#graphs, promptLength: this.#promptLength }
    this.#take(await beginCohort(chosen, context), chosen.length)
    this.#graphs.takeGraphMs()
  }

  /** The shortest cohort goes first, so that it joins the next. */
  async #step(): Promise<void> {
    const [shortest, ...others] = this.#cohorts
    if (shortest === undefined) return
    this.#cohorts = others
    const before = performance.now()
    const rows = shortest.rows.length
    const fed = shortest.rows.reduce((sum, { search }) => sum + search.lastIds().length, 0)
    this.#take(await stepCohort(shortest, this.#graphs), rows)
    this.#stats.steps += 1
    this.#stats.stepRows += fed
    this.#stats.stepMs += performance.now() - before
    this.#stats.graphMs += this.#graphs.takeGraphMs()
  }

  #take({ cohort, finished }: SteppedCohort, rows: number): void {
    this.#stats.tokens += rows
    this.#finish(finished)
    if (cohort === null) return
    const alike = this.#cohorts.find(({ length }) => length === cohort.length)
    const others = this.#cohorts.filter((other) => other !== alike)
    this.#cohorts = [...others, alike === undefined ? cohort : joinCohorts(alike, cohort)].sort(
      (a, b) => a.length - b.length,
    )
  }

  #finish(finished: readonly CohortRow[]): void {
    for (const { index, search } of finished) this.#decoded[index] = search.result()
  }
}

function searchOf({ search, tokens }: DecodeInput, maxLength: number): GreedyRow | BeamRow {
  const context: SearchContext = { search, tokens, maxLength }
  return search.beams === 1 ? new GreedyRow(context) : new BeamRow(context)
}

function undecoded(index: number): never {
  throw new FldError('internal', `row ${index} was not decoded`)
}
