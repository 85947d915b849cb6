import type { GraphTensor } from '../../../src/models/sessions/program.js'
import type { DecoderGraphs, DecoderState, DecoderStep } from './decoder-graphs.js'
import { eachTensor, floatsOf, joinRows, takeRows } from './row-tensors.js'
import type { SearchRow } from './search-row.js'
import type { LogitsRow } from './token-scores.js'

/** A search and which row of the input it is for. */
export interface CohortRow {
  readonly index: number
  readonly search: SearchRow
}

/**
 * Rows that go through the decoder together. They are equally long: the decoder has no mask for what is cached, so that
 * only such rows can share a run. Each row takes as many rows of the decoder as it has hypotheses.
 */
export interface Cohort {
  readonly rows: readonly CohortRow[]
  /** Ids of each of its answers. */
  readonly length: number
  readonly state: DecoderState
}

/** A cohort after a step, and the rows that it finished. */
export interface SteppedCohort {
  /** Null where no row goes on. */
  readonly cohort: Cohort | null
  readonly finished: readonly CohortRow[]
}

/** One token further. */
export async function stepCohort(cohort: Cohort, graphs: DecoderGraphs): Promise<SteppedCohort> {
  const ids = cohort.rows.flatMap(({ search }) => search.lastIds().map((id) => [id]))
  return advanceRows(cohort.rows, await graphs.next(await graphs.embed(ids), cohort.state))
}

/**
 * Lets each row choose its next token, and gives the hypotheses that go on the caches they go on from. Only the decoder's
 * cache is reordered: what the encoder made is the same for all hypotheses of a row, and moves when a row has left.
 */
export function advanceRows(rows: readonly CohortRow[], { logits, state }: DecoderStep): SteppedCohort {
  const logitsRows = lastLogits(logits)
  let first = 0
  const advanced = rows.map((row) => {
    const start = first
    const width = row.search.lastIds().length
    first += width
    const from = row.search.advance(logitsRows.slice(start, start + width))
    return { row, start, width, from }
  })
  const finished = rows.filter(({ search }) => search.done)
  const going = closeGaps(advanced, ({ row }) => !row.search.done)
  if (going.length === 0) return { cohort: null, finished }
  const decoderOrder = going.flatMap(({ start, from }) => from.map((parent) => start + parent))
  const encoderOrder = going.flatMap(({ start, width, from }) =>
    from.map((_, place) => start + Math.min(place, width - 1)),
  )
  return {
    cohort: cohortOf(
      going.map(({ row }) => row),
      reordered(state, decoderOrder, encoderOrder),
    ),
    finished,
  }
}

/** Two cohorts that are equally long as one: cheaper than a step of each. */
export function joinCohorts(one: Cohort, other: Cohort): Cohort {
  const join = (a: GraphTensor, b: GraphTensor | undefined) => (b === undefined ? a : joinRows([a, b]))
  return cohortOf([...one.rows, ...other.rows], {
    decoder: eachTensor(one.state.decoder, (tensor, name) => join(tensor, other.state.decoder[name])),
    encoder: eachTensor(one.state.encoder, (tensor, name) => join(tensor, other.state.encoder[name])),
    hidden: joinRows([one.state.hidden, other.state.hidden]),
    mask: joinRows([one.state.mask, other.state.mask]),
  })
}

function cohortOf(rows: readonly CohortRow[], state: DecoderState): Cohort {
  return { rows, length: rows[0]?.search.length ?? 0, state }
}

function reordered(state: DecoderState, decoder: readonly number[], encoder: readonly number[]): DecoderState {
  return {
    decoder: eachTensor(state.decoder, (tensor) => takeRows(tensor, decoder)),
    encoder: eachTensor(state.encoder, (tensor) => takeRows(tensor, encoder)),
    hidden: takeRows(state.hidden, encoder),
    mask: takeRows(state.mask, encoder),
  }
}

/** What stays, each in its place where it can: the last ones move into the places of those that go. */
function closeGaps<Item>(items: readonly Item[], stays: (item: Item) => boolean): Item[] {
  const staying = items.filter(stays)
  const places = items.slice(0, staying.length)
  const moved = items.slice(staying.length).filter(stays)
  return places.map((item) => (stays(item) ? item : (moved.pop() ?? item)))
}

/** Of the last id that was fed, for each row of the decoder. */
function lastLogits(logits: GraphTensor): LogitsRow[] {
  const [rows = 0, fed = 1, length = 0] = logits.dims
  const values = floatsOf(logits)
  return Array.from({ length: rows }, (_, row) => ({ values, start: (row * fed + fed - 1) * length, length }))
}
