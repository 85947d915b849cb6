import { errorMessage, FldError } from '../../schemas/errors.js'
import { type MergeRules, type RoundPlan, roundPlanSchema } from '../../schemas/round.js'
import type { Manifest, RunPlan } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { currentRound, readClosedRounds } from '../dataset/current-round.js'
import { putJsonIfAbsent, readJson, readJsonIfPresent } from '../dataset/json-record.js'
import { listNames } from '../dataset/list-names.js'
import { manifestSha256, readManifest } from '../dataset/manifest.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { planDigest } from './plan-digest.js'
import { readPlan } from './run-ledger.js'

/** The newest snapshot of a run: what the next round is merged with. */
export interface LastSnapshot {
  readonly manifest: Manifest
  /** Of its bytes. */
  readonly sha256: string
}

/** The newest snapshot of the round that a run stands at. Throws FldError `run_missing` where not even round 0 is closed. */
export async function lastSnapshot(store: ObjectStore, run: string, options: StoreOptions = {}): Promise<LastSnapshot> {
  const round = await currentRound(store, run, options)
  const manifest = await readManifest(store, run, round, options)
  if (manifest !== null) return snapshot(store, manifest, options)
  throw new FldError('store_missing', `${store.uri}: ${storeLayout.manifest(run, round)} has just gone`)
}

/** The snapshot that a round which has begun is merged with, whatever revisions came since. */
export async function snapshotBefore(
  store: ObjectStore,
  { run, before: { round, revision } }: Pick<RoundPlan, 'run' | 'before'>,
  options: StoreOptions = {},
): Promise<LastSnapshot> {
  const manifest = await readManifest(store, run, round, { ...options, revision })
  if (manifest !== null) return snapshot(store, manifest, options)
  const key = storeLayout.manifest(run, round, revision)
  throw new FldError('store_missing', `${store.uri}: ${key}, the snapshot that the next round is merged with, is gone`)
}

async function snapshot(store: ObjectStore, manifest: Manifest, options: StoreOptions): Promise<LastSnapshot> {
  return { manifest, sha256: await manifestSha256(store, manifest, options) }
}

/** What the plan of a round is made of. */
export interface RoundToPlan {
  readonly plan: RunPlan
  readonly round: number
  readonly before: LastSnapshot
  readonly checkpoint: RoundPlan['checkpoint']
  /** The checkpoint as a plan over the stages of the round has it. */
  readonly asked: Pick<RunPlan, 'annotators' | 'pipeline'>
  readonly merge: MergeRules
  readonly version: string
}

/**
 * The plan of a round that is merged with a snapshot. What is shown to the later stages is decided by that snapshot, so that their digests
 * follow from it. Throws FldError `config_invalid` where the checkpoint's names are those of other annotators of the run.
 */
export function planRound({ plan, round, before, checkpoint, asked, merge, version }: RoundToPlan): RoundPlan {
  const { run } = plan
  const { round: mergedWith, revision } = before.manifest
  const taken = asked.annotators.find(({ name }) => plan.annotators.some((other) => other.name === name))
  if (taken !== undefined) {
    const message = `run "${run}" has an annotator "${taken.name}" of its own: the checkpoint's rows could not be told from its rows`
    throw new FldError('config_invalid', message)
  }
  const annotators = asked.annotators.map((planned) => {
    if (planned.needs === 'image') return planned
    return { ...planned, digest: planDigest({ digest: planned.digest, shown: before.sha256 }).slice(0, 16) }
  })
  const digests = annotators.map(({ name, digest }) => ({ name, digest }))
  const settled = {
    run,
    round,
    before: { round: mergedWith, revision, manifest_sha256: before.sha256 },
    checkpoint,
    merge,
  }
  return {
    ...settled,
    ...{ stages: asked.pipeline.stages, annotators },
    digest: planDigest({ ...settled, annotators: digests, plan: plan.digest }),
    created_at: new Date().toISOString(),
    version,
  }
}

/** Writes a round's plan, or finds the same one there. Throws FldError `run_conflict` that says what differs. */
export async function beginRound(store: ObjectStore, plan: RoundPlan, options: StoreOptions = {}): Promise<RoundPlan> {
  const key = storeLayout.roundPlan(plan.run, plan.round)
  if (await putJsonIfAbsent(store, key, plan, options)) return plan
  const existing = await readJson(store, key, roundPlanSchema, options)
  if (existing.digest === plan.digest) return existing
  const message = `round ${plan.round} of run "${plan.run}" in ${store.uri} has begun otherwise (${differences(existing, plan).join('; ')}); fld resume ${plan.run} goes on with it as it was begun where it is open, fld rollback ${plan.run} --to ${existing.before.round} gives it up, --round ${plan.round + 1} is the next where it is closed`
  throw new FldError('run_conflict', message, { details: { run: plan.run, round: plan.round } })
}

function differences(existing: RoundPlan, asked: RoundPlan): string[] {
  const label = ({ checkpoint: { name, version } }: RoundPlan) => `${name}@${version}`
  const rules = Object.entries(asked.merge).filter(([key, value]) => Reflect.get(existing.merge, key) !== value)
  const said = [
    label(existing) === label(asked) ? '' : `checkpoint ${label(existing)}, asked for ${label(asked)}`,
    ...rules.map(([key, value]) => `round.${key} ${String(Reflect.get(existing.merge, key))}, asked for ${value}`),
    existing.before.manifest_sha256 === asked.before.manifest_sha256 ? '' : 'another snapshot of the round before',
  ].filter(Boolean)
  return said.length > 0 ? said : ['other tasks, options or files of the checkpoint']
}

/** The plan of a round n > 0; null where it was not begun. */
export async function readRoundPlan(
  store: ObjectStore,
  { run, round }: { readonly run: string; readonly round: number },
  options: StoreOptions = {},
): Promise<RoundPlan | null> {
  if (round === 0) return null
  try {
    return await readJsonIfPresent(store, storeLayout.roundPlan(run, round), roundPlanSchema, options)
  } catch (error) {
    throw new FldError('store_corrupt', `the plan of round ${round} of run "${run}": ${errorMessage(error)}`, {
      cause: error,
    })
  }
}

/** The plan of the round of a run that has begun, is not closed and not withdrawn; null where there is none. */
export async function openRoundPlan(
  store: ObjectStore,
  run: string,
  options: StoreOptions = {},
): Promise<RoundPlan | null> {
  const { next, withdrawn } = await readClosedRounds(store, run, options)
  return withdrawn.some(({ round }) => round === next) ? null : readRoundPlan(store, { run, round: next }, options)
}

/** The round that is looked at where none is named: the one that is open, else the one that the run stands at. */
export async function latestRound(store: ObjectStore, run: string, options: StoreOptions = {}): Promise<number> {
  const open = await openRoundPlan(store, run, options)
  return open?.round ?? (await readClosedRounds(store, run, options)).current ?? 0
}

/**
 * The round of a run that somebody names; `latestRound` where nobody does. Throws FldError `run_missing` that names the rounds there
 * are for one that has not begun.
 */
export async function namedRound(
  store: ObjectStore,
  { run, round }: { readonly run: string; readonly round: number | undefined },
  options: StoreOptions = {},
): Promise<number> {
  if (round === undefined) return latestRound(store, run, options)
  if (round === 0 || (await readRoundPlan(store, { run, round }, options)) !== null) return round
  const begun = await listNames(store, storeLayout.rounds(run), options)
  const rounds = [...new Set(['0', ...begun])].sort((a, b) => Number(a) - Number(b))
  const message = `run "${run}" has no round ${round}; there ${rounds.length === 1 ? 'is' : 'are'}: ${rounds.join(', ')}`
  throw new FldError('run_missing', message, { details: { run, round } })
}

/** A run's plan as a round uses it: who is asked there, and the digest that its jobs and its manifest go by. */
export function planOfRound(plan: RunPlan, round: RoundPlan): RunPlan {
  return {
    ...plan,
    ...{ pipeline: { ...plan.pipeline, stages: round.stages }, annotators: round.annotators, digest: round.digest },
    ...{ left_out: {}, replay_of: null },
  }
}

/** The plan of a run as one of its rounds uses it. Throws as `readPlan`. */
export async function readPlanOfRound(
  store: ObjectStore,
  { run, round }: { readonly run: string; readonly round: number },
  options: StoreOptions = {},
): Promise<RunPlan> {
  const plan = await readPlan(store, run, options)
  const own = await readRoundPlan(store, { run, round }, options)
  return own === null ? plan : planOfRound(plan, own)
}
