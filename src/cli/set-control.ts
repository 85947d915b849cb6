import { FldError } from '../../schemas/errors.js'
import { readClosedRounds } from '../dataset/current-round.js'
import { readRoundPlan } from '../run/round-plan.js'
import { writeControl } from '../run/run-control.js'
import { readPlan } from '../run/run-ledger.js'
import type { ObjectStore } from '../storage/object-store.js'
import { absoluteLocation, readEnvironment } from './environment.js'

/** Asks a run to pause or to end. Throws FldError `run_missing`, and `run_conflict` for one that is complete. */
export async function setControl(run: string, state: 'paused' | 'cancelled', flags: { out?: string }): Promise<void> {
  const environment = readEnvironment()
  const out = absoluteLocation(flags.out ?? environment.out)
  const store = await environment.openStore(out)
  try {
    await readPlan(store, run)
    if (!(await hasOpenRound(store, run))) {
      throw new FldError('run_conflict', `run "${run}" is complete: there is nothing to stop`)
    }
    await writeControl(store, run, state)
    process.stdout.write(`run ${run} is ${state}; fld resume ${run} --out ${out} goes on with it\n`)
  } finally {
    await store.close()
  }
}

async function hasOpenRound(store: ObjectStore, run: string): Promise<boolean> {
  const { next } = await readClosedRounds(store, run)
  return next === 0 || (await readRoundPlan(store, { run, round: next })) !== null
}
