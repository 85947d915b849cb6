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

/**
 * Takes a run back to an earlier round: every closed round above it is withdrawn, and stays readable by its number. One
 * conditional write. Throws FldError `config_invalid` where there is no such round to go back to.
 */
export async function withdrawRounds(
  store: ObjectStore,
  run: string,
  { to, reason }: Withdrawal,
  options: StoreOptions = {},
): Promise<ClosedRounds> {
  return replaceWithdrawn(store, run, options, (rounds) => {
    const standing = rounds.closed.filter((round) => !rounds.withdrawn.some((each) => each.round === round))
    const target = to ?? standing.at(-2)
    if (target === undefined || !standing.includes(target) || target === standing.at(-1)) {
      const there =
        standing.length === 0 ? 'none is closed' : `it stands at round ${standing.at(-1)} of ${standing.join(', ')}`
      const message = `run "${run}" in ${store.uri} cannot go back${to === undefined ? '' : ` to round ${to}`}: ${there}`
      throw new FldError('config_invalid', message, { details: { run } })
    }
    const withdrawn_at = new Date().toISOString()
    const gone = standing.filter((round) => round > target).map((round) => ({ round, withdrawn_at, reason }))
    return [...rounds.withdrawn, ...gone]
  })
}

/** Takes every withdrawal of a run back. */
export async function restoreRounds(
  store: ObjectStore,
  run: string,
  options: StoreOptions = {},
): Promise<ClosedRounds> {
  return replaceWithdrawn(store, run, options, () => [])
}

/** Somebody else's change in between is read and taken as it is: the change is made over it. */
async function replaceWithdrawn(
  store: ObjectStore,
  run: string,
  options: StoreOptions,
  change: (rounds: ClosedRounds) => WithdrawnRounds['rounds'],
): Promise<ClosedRounds> {
  const key = storeLayout.withdrawnRounds(run)
  for (;;) {
    // The etag first: content that is newer than it makes the replacement fail.
    const etag = (await store.head(key, options))?.etag ?? null
    if (etag !== null) await readJsonIfPresent(store, key, withdrawnRoundsSchema, options)
    const next: WithdrawnRounds = { rounds: change(await readClosedRounds(store, run, options)) }
    const won =
      etag === null
        ? await putJsonIfAbsent(store, key, next, options)
        : await replaceJsonIf(store, key, next, { ...options, etag })
    if (won) return readClosedRounds(store, run, options)
  }
}
