import { FldError } from '../../schemas/errors.js'
import type { RunPlan } from '../../schemas/run.js'
import { readObservations } from '../dataset/observation-file.js'
import type { ObjectStore } from '../storage/object-store.js'
import { observationKeys } from './observation-keys.js'

/**
 * Deletes observations of a shard that cannot be read any more, when somebody has asked for the shard to be done again: their
 * annotators are asked anew.
 */
export async function dropDamaged(place: {
  store: ObjectStore
  plan: RunPlan
  shard: string
  signal: AbortSignal
}): Promise<void> {
  const { store, signal } = place
  for (const key of (await observationKeys(place)).values()) {
    const damaged = await readObservations(store, key, { signal }).then(
      () => false,
      (error: unknown) => {
        if (!(error instanceof FldError)) throw error
        if (error.code !== 'store_missing' && error.code !== 'store_corrupt') throw error
        return error.code === 'store_corrupt'
      },
    )
    if (damaged) await store.delete([key], { signal })
  }
}
