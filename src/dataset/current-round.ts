import { FldError } from '../../schemas/errors.js'
import { roundPlanSchema, type WithdrawnRounds, withdrawnRoundsSchema } from '../../schemas/round.js'
import { storeLayout } from '../../schemas/store-layout.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { readJsonIfPresent } from './json-record.js'

/** The rounds of a run that are closed, and which of them it stands at. */
export interface ClosedRounds {
  /** Ascending. */
  readonly closed: readonly number[]
  /** Withdrawals that hold, each round once; one that is not closed may be among them. */
  readonly withdrawn: WithdrawnRounds['rounds']
  /** The highest that is closed and not withdrawn; null where none is. */
  readonly current: number | null
  /** The one after them, which may have begun. */
  readonly next: number
}

/**
 * Rounds are closed one after the other: the first without a snapshot ends them, unless it was given up and another begun after
 * it. A round that was merged with a withdrawn one is withdrawn with it, for it would bring back what that holds.
 */
export async function readClosedRounds(
  store: ObjectStore,
  run: string,
  options: StoreOptions = {},
): Promise<ClosedRounds> {
  const record = await readJsonIfPresent(store, storeLayout.withdrawnRounds(run), withdrawnRoundsSchema, options)
  const held = record?.rounds.filter(({ restored_at }) => restored_at === null) ?? []
  const closed: number[] = []
  const withdrawn: WithdrawnRounds['rounds'] = []
  for (let round = 0; ; round++) {
    const isClosed = (await store.head(storeLayout.manifest(run, round), options)) !== null
    const plan = storeLayout.roundPlan(run, round)
    const begun = round === 0 ? null : await readJsonIfPresent(store, plan, roundPlanSchema, options)
    const why =
      held.find((each) => each.round === round) ?? withdrawn.find((each) => each.round === begun?.before.round)
    if (why !== undefined && (isClosed || begun !== null)) withdrawn.push({ ...why, round })
    if (isClosed) closed.push(round)
    else if (round === 0 || (await store.head(storeLayout.roundPlan(run, round + 1), options)) === null) {
      const standing = closed.filter((each) => !withdrawn.some(({ round: gone }) => gone === each))
      return { closed, withdrawn, current: standing.at(-1) ?? null, next: round }
    }
  }
}

/** The round that a run stands at: what is fed and exported where nobody names one. Throws FldError `run_missing`. */
export async function currentRound(store: ObjectStore, run: string, options: StoreOptions = {}): Promise<number> {
  const { current } = await readClosedRounds(store, run, options)
  if (current !== null) return current
  const message = `round 0 of run "${run}" in ${store.uri} is not closed: there is no snapshot yet (fld status ${run})`
  throw new FldError('run_missing', message, { details: { run } })
}
