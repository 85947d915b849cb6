import { FldError } from '../../schemas/errors.js'
import { type WithdrawnRounds, withdrawnRoundsSchema } from '../../schemas/round.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { type ClosedRounds, readClosedRounds } from '../dataset/current-round.js'
import { putJsonIfAbsent, readJsonIfPresent, replaceJsonIf } from '../dataset/json-record.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { openRoundPlan } from './round-plan.js'

/** Back to which round, and why. */
export interface Withdrawal {
  /** The round before the current one when left out. */
  readonly to?: number | undefined
  readonly reason: string
}

type Withdrawn = WithdrawnRounds['rounds']

/**
 * Takes a run back to an earlier round: every round above it is withdrawn, an open one too, and stays readable by its number.
 * Back to the round that the run stands at, only the open one is. One conditional write. Throws FldError `config_invalid` where
 * there is nothing to take back.
 */
export async function withdrawRounds(
  store: ObjectStore,
  run: string,
  { to, reason }: Withdrawal,
  options: StoreOptions = {},
): Promise<ClosedRounds> {
  return replaceWithdrawn(store, run, options, async (withdrawn) => {
    const { closed, withdrawn: held } = await readClosedRounds(store, run, options)
    const standing = closed.filter((round) => !held.some((each) => each.round === round))
    const open = (await openRoundPlan(store, run, options))?.round ?? null
    const target = to ?? standing.at(-2)
    if (target === undefined || !standing.includes(target) || (target === standing.at(-1) && open === null)) {
      const back = to === undefined ? '' : ` to round ${to}`
      const message = `run "${run}" in ${store.uri} cannot go back${back}: ${standsAt(standing, open)}`
      throw new FldError('config_invalid', message, { details: { run } })
    }
    const above = [...standing.filter((round) => round > target), ...(open === null ? [] : [open])]
    const withdrawn_at = new Date().toISOString()
    return [...withdrawn, ...above.map((round) => ({ round, withdrawn_at, reason, restored_at: null }))]
  })
}

function standsAt(standing: readonly number[], open: number | null): string {
  const current = standing.at(-1)
  if (current === undefined) return 'no round is closed'
  const giveUp = open === null ? '' : `; --to ${current} gives up round ${open}, which is open`
  const earlier = standing.slice(0, -1)
  return `it stands at round ${current}, and ${earlier.length === 0 ? 'no round before it stands' : `before it stand ${earlier.join(', ')}`}${giveUp}`
}

/** Takes the last withdrawal of a run back, with all the rounds of it; writes nothing where none holds. */
export async function restoreRounds(
  store: ObjectStore,
  run: string,
  options: StoreOptions = {},
): Promise<ClosedRounds> {
  const now = new Date().toISOString()
  return replaceWithdrawn(store, run, options, async (withdrawn) => {
    const last = withdrawn.findLast(({ restored_at }) => restored_at === null)
    if (last === undefined) return null
    return withdrawn.map((each) =>
      each.withdrawn_at === last.withdrawn_at ? { ...each, restored_at: each.restored_at ?? now } : each,
    )
  })
}

/** Somebody else's change in between is read and taken as it is: the change, null for none, is made over it. */
async function replaceWithdrawn(
  store: ObjectStore,
  run: string,
  options: StoreOptions,
  change: (withdrawn: Withdrawn) => Promise<Withdrawn | null>,
): Promise<ClosedRounds> {
  const key = storeLayout.withdrawnRounds(run)
  for (;;) {
    // The etag first: content that is newer than it makes the replacement fail.
    const etag = (await store.head(key, options))?.etag ?? null
    const record = etag === null ? null : await readJsonIfPresent(store, key, withdrawnRoundsSchema, options)
    const rounds = await change(record?.rounds ?? [])
    if (rounds === null) return readClosedRounds(store, run, options)
    const next: WithdrawnRounds = { rounds }
    const won =
      etag === null
        ? await putJsonIfAbsent(store, key, next, options)
        : await replaceJsonIf(store, key, next, { ...options, etag })
    if (won) return readClosedRounds(store, run, options)
  }
}
