import { FldError } from '../../schemas/errors.js'
import { type RunPlan, runPlanSchema, type ShardFailure } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { putJson, putJsonIfAbsent, readJson, readJsonIfPresent } from '../dataset/json-record.js'
import { listNames } from '../dataset/list-names.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { planDifferences } from './plan-differences.js'

/**
 * Writes a run's plan, or finds the same plan there already. Throws FldError `run_conflict` when a run of this name
 * has another plan, naming what differs.
 */
export async function beginRun(store: ObjectStore, plan: RunPlan, options: StoreOptions = {}): Promise<RunPlan> {
  const key = storeLayout.runPlan(plan.run)
  if (await putJsonIfAbsent(store, key, plan, options)) return plan
  const existing = await readJson(store, key, runPlanSchema, options)
  if (existing.digest === plan.digest) return existing
  throw new FldError(
    'run_conflict',
    `run "${plan.run}" in ${store.uri} has another plan (${planDifferences(existing, plan).join('; ')}); give it another name, or leave the name out`,
    { details: { run: plan.run, existing: existing.digest, asked: plan.digest } },
  )
}

/** The plan of a run. Throws FldError `run_missing` that names the runs there are. */
export async function readPlan(store: ObjectStore, run: string, options: StoreOptions = {}): Promise<RunPlan> {
  const plan = await readJsonIfPresent(store, storeLayout.runPlan(run), runPlanSchema, options)
  if (plan) return plan
  const runs = await listRuns(store, options)
  const there = runs.length === 0 ? 'there is none' : `there are: ${runs.slice(0, 10).join(', ')}`
  throw new FldError('run_missing', `no run "${run}" in ${store.uri}; ${there}`, { details: { run } })
}

/** The names of the store's runs, sorted. */
export async function listRuns(store: ObjectStore, options: StoreOptions = {}): Promise<string[]> {
  return listNames(store, storeLayout.runs(), options)
}

/** The run that somebody names; the one begun last where nobody does. Throws FldError `run_missing` that names the runs there are. */
export async function namedRun(
  store: ObjectStore,
  name: string | undefined,
  options: StoreOptions = {},
): Promise<string> {
  return name === undefined ? latestRun(store, options) : (await readPlan(store, name, options)).run
}

async function latestRun(store: ObjectStore, options: StoreOptions): Promise<string> {
  const plans = await Promise.all((await listRuns(store, options)).map((run) => readPlan(store, run, options)))
  const [latest] = plans.sort((a, b) => (a.created_at < b.created_at ? 1 : -1))
  if (latest) return latest.run
  throw new FldError('run_missing', `there is no run in ${store.uri} yet; begin one with fld run`)
}

/** Writes why a shard could not be committed; a later try overwrites it. */
export async function recordFailure(
  store: ObjectStore,
  failure: ShardFailure,
  options: StoreOptions = {},
): Promise<void> {
  await putJson(store, storeLayout.failure(failure.run, failure.round, failure.shard), failure, options)
}
