import { setTimeout as delay } from 'node:timers/promises'
import { FldError } from '../../schemas/errors.js'
import { type RunControl, runControlSchema } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { putJson, readJsonIfPresent } from '../dataset/json-record.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'

/** How often a session asks whether somebody has paused or cancelled its run, in ms. */
const askInterval = 2_000

/** What was asked of a run from outside last; running where nothing was. */
export async function readControl(
  store: ObjectStore,
  run: string,
  options: StoreOptions = {},
): Promise<RunControl['state']> {
  const control = await readJsonIfPresent(store, storeLayout.runControl(run), runControlSchema, options)
  return control?.state ?? 'running'
}

/** Asks something of a run: whoever works on it, on whatever machine, finds it in the store. */
export async function writeControl(
  store: ObjectStore,
  run: string,
  state: RunControl['state'],
  options: StoreOptions = {},
): Promise<void> {
  const control: RunControl = { state, asked_at: new Date().toISOString() }
  await putJson(store, storeLayout.runControl(run), control, options)
}

/** Lets a paused run go on. Throws FldError `run_cancelled` where it was cancelled: that is taken back by name only. */
export async function unpause(store: ObjectStore, run: string, options: StoreOptions = {}): Promise<void> {
  const state = await readControl(store, run, options)
  if (state === 'cancelled') throw cancelledError(run)
  if (state === 'paused') await writeControl(store, run, 'running', options)
}

/** What works on a run that was cancelled ends with this. */
export function cancelledError(run: string): FldError {
  return new FldError('run_cancelled', `run "${run}" was cancelled; fld resume ${run} goes on with it all the same`)
}

/**
 * Waits until a run is paused or cancelled, and says which; null when `signal` fires first. A store that does not answer
 * is asked again.
 */
export async function nextControl(
  store: ObjectStore,
  run: string,
  { signal }: { signal: AbortSignal },
): Promise<'paused' | 'cancelled' | null> {
  while (!signal.aborted) {
    const state = await readControl(store, run, { signal }).catch(() => 'running' as const)
    if (signal.aborted) return null
    if (state !== 'running') return state
    await delay(askInterval, undefined, { signal }).catch(() => undefined)
  }
  return null
}
