import { FldError } from '../../schemas/errors.js'
import { type WithdrawnRounds, withdrawnRoundsSchema } from '../../schemas/round.js'
import { storeLayout } from '../../schemas/store-layout.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { readJsonIfPresent } from './json-record.js'

/** The rounds of a run that are closed, and which of them it stands at. */
export interface ClosedRounds {
  /** Ascending. */
  readonly closed: readonly number[]
  /** Withdrawals that hold; an open round may be among them. */
  readonly withdrawn: WithdrawnRounds['rounds']
  /** The highest that is closed and not withdrawn; null where none is. */
  readonly current: number | null
}

/** Rounds are closed one after the other: the first that has no snapshot ends them. */
export async function readClosedRounds(
  store: ObjectStore,
  run: string,
  options: StoreOptions = {},
): Promise<ClosedRounds> {
  const closed: number[] = []
  while ((await store.head(storeLayout.manifest(run, closed.length), options)) !== null) closed.push(closed.length)
  const record = await readJsonIfPresent(store, storeLayout.withdrawnRounds(run), withdrawnRoundsSchema, options)
  const withdrawn = record?.rounds.filter(({ restored_at }) => restored_at === null) ?? []
  const standing = closed.filter((round) => !withdrawn.some((each) => each.round === round))
  return { closed, withdrawn, current: standing.at(-1) ?? null }
}

/** The round that a run stands at: what is fed and exported where nobody names one. Throws FldError `run_missing`. */
export async function currentRound(store: ObjectStore, run: string, options: StoreOptions = {}): Promise<number> {
  const { current } = await readClosedRounds(store, run, options)
  if (current !== null) return current
  const message = `round 0 of run "${run}" in ${store.uri} is not closed: there is no snapshot yet (fld status ${run})`
  throw new FldError('run_missing', message, { details: { run } })
}
