import { FldError } from '../../schemas/errors.js'
import { type WithdrawnRounds, withdrawnRoundsSchema } from '../../schemas/round.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { type ClosedRounds, readClosedRounds } from '../dataset/current-round.js'
import { putJsonIfAbsent, readJsonIfPresent, replaceJsonIf } from '../dataset/json-record.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'

/** Back to which round, and why. */
export interface Withdrawal {
  /** The round before the current one when left out. */
  readonly to?: number | undefined
  readonly reason: string
}

type Withdrawn = WithdrawnRounds['rounds']

/**
 * Takes a run back to an earlier round: every closed round above it is withdrawn, and stays readable by its number; with them go
 * those that are merged with one of them, open or yet to begin. One conditional write. Throws FldError `config_invalid` where
 * there is no such round to go back to.
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
    const target = to ?? standing.at(-2)
    if (target === undefined || !standing.includes(target) || target === standing.at(-1)) {
      const back = to === undefined ? '' : ` to round ${to}`
      throw new FldError(
        'config_invalid',
        `run "${run}" in ${store.uri} cannot go back${back}: ${standsAt(standing)}`,
        {
          details: { run },
        },
      )
    }
    const above = standing.filter((round) => round > target)
    const withdrawn_at = new Date().toISOString()
    return [...withdrawn, ...above.map((round) => ({ round, withdrawn_at, reason, restored_at: null }))]
  })
}

function standsAt(standing: readonly number[]): string {
  return standing.length === 0 ? 'none is closed' : `it stands at round ${standing.at(-1)} of ${standing.join(', ')}`
}

/** Takes every withdrawal of a run back; writes nothing where none holds. */
export async function restoreRounds(
  store: ObjectStore,
  run: string,
  options: StoreOptions = {},
): Promise<ClosedRounds> {
  const now = new Date().toISOString()
  return replaceWithdrawn(store, run, options, async (withdrawn) =>
    withdrawn.some(({ restored_at }) => restored_at === null)
      ? withdrawn.map((each) => ({ ...each, restored_at: each.restored_at ?? now }))
      : null,
  )
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
