import { z } from 'zod'
import { reannotation } from '../../pipelines/reannotation.js'
import { checkpointLabel } from '../../schemas/annotator-use.js'
import { FldError } from '../../schemas/errors.js'
import { pipelineSchema } from '../../schemas/pipeline.js'
import { mergeRulesSchema, type RoundPlan } from '../../schemas/round.js'
import type { RunPlan } from '../../schemas/run.js'
import { readClosedRounds } from '../dataset/current-round.js'
import { readCheckpoint } from '../rounds/index.js'
import {
  beginRound,
  type LastSnapshot,
  lastSnapshot,
  planRound,
  readRoundPlan,
  snapshotBefore,
} from '../run/round-plan.js'
import { unpause } from '../run/run-control.js'
import { readPlan } from '../run/run-ledger.js'
import type { ObjectStore } from '../storage/object-store.js'
import type { AskedVersion } from './checkpoint-arguments.js'
import { absoluteLocation, type Environment, readEnvironment } from './environment.js'
import { goOnWithRound, roundText } from './open-round.js'
import { packageVersion } from './package-version.js'
import { planWithPacks } from './prepare-run.js'
import { checkWorkers } from './queued-round.js'
import { endSession, say } from './session-end.js'
import { settingsBy } from './setting.js'
import type { QueueFlags } from './worker-flags.js'

/** The options of `fld round`. */
export interface RoundFlags extends QueueFlags {
  readonly checkpoint: AskedVersion
  readonly round?: number
  readonly tasks: readonly string[]
  readonly set: readonly string[]
  readonly out?: string
}

/** Runs a round of a checkpoint from the command line. Returns the exit code. */
export async function roundSession(run: string, flags: RoundFlags): Promise<number> {
  const started = Date.now()
  const environment = readEnvironment()
  const out = absoluteLocation(flags.out ?? environment.out)
  checkWorkers(flags, environment)
  const store = await environment.openStore(out)
  try {
    const whole = await readPlan(store, run)
    const { place, closed } = await roundToRun(store, whole, flags)
    const own = await beginRound(store, await planFor({ store, environment, whole, flags, ...place }))
    const goes = { store, whole, own, out, environment, flags, started }
    say(roundText(goes))
    if (closed) return await endSession({ store, out, run, round: own.round, json: flags.json ?? false, started })
    await unpause(store, run)
    return await goOnWithRound(goes)
  } finally {
    await store.close()
  }
}

/** Where a round stands: which it is, and what it is merged with. */
interface RoundToRun {
  readonly round: number
  readonly checkpoint: RoundPlan['checkpoint']
  readonly before: LastSnapshot
}

/**
 * The round that is asked for: one that has begun goes on, and one that the same checkpoint has closed is not begun again. One
 * that was withdrawn before it was closed is left as it is, unless it is named. Throws FldError `config_invalid` for a round that
 * nothing leads to.
 */
async function roundToRun(
  store: ObjectStore,
  { run }: RunPlan,
  flags: RoundFlags,
): Promise<{ place: RoundToRun; closed: boolean }> {
  const { name, version } = flags.checkpoint
  const checkpoint = { name, version: (await readCheckpoint(store, name, version ?? 'current', {})).version }
  const last = await lastSnapshot(store, run)
  const { closed, withdrawn, next } = await readClosedRounds(store, run)
  const highest = closed.at(-1) ?? 0
  const latest = await readRoundPlan(store, { run, round: highest })
  const again =
    highest === last.manifest.round &&
    latest?.checkpoint.name === name &&
    latest.checkpoint.version === checkpoint.version
  const free = withdrawn.some(({ round }) => round === next) ? next + 1 : next
  const round = flags.round ?? (again ? highest : free)
  if (round > free) throw tooFar(run, { round, free })
  if (round < next && !closed.includes(round)) throw givenUp(run, { round, free })
  const begun = await readRoundPlan(store, { run, round })
  const before = begun === null ? last : await snapshotBefore(store, begun)
  return { place: { round, checkpoint, before }, closed: closed.includes(round) }
}

function tooFar(run: string, { round, free }: { round: number; free: number }): FldError {
  const message = `--round ${round}: round ${round - 1} of run "${run}" is not closed; the next round is ${free}`
  return new FldError('config_invalid', message)
}

function givenUp(run: string, { round, free }: { round: number; free: number }): FldError {
  const message = `--round ${round}: round ${round} of run "${run}" was withdrawn before it was closed, and given up for a later one; the next round is ${free}`
  return new FldError('config_invalid', message)
}

async function planFor(
  asked: RoundToRun & { store: ObjectStore; environment: Environment; whole: RunPlan; flags: RoundFlags },
): Promise<RoundPlan> {
  const { store, environment, whole, flags, checkpoint, before } = asked
  const { round: merge, decoding } = settingsBy(settingsSchema, flags.set)
  const stages = reannotation(checkpointLabel(checkpoint.name, checkpoint.version), { tasks: flags.tasks, decoding })
  const pipeline = pipelineSchema.parse({ ...whole.pipeline, stages })
  const { set, source, label_digest: labelDigest } = whole
  const planned = await planWithPacks({ store, environment }, { pipeline, set, source, labelDigest })
  return planRound({
    plan: whole,
    round: asked.round,
    before,
    checkpoint,
    asked: planned,
    merge,
    version: await packageVersion(),
  })
}

const settingsSchema = z.strictObject({
  round: mergeRulesSchema.prefault({}),
  /** Options of the checkpoint's annotator, which checks them. */
  decoding: z.record(z.string(), z.unknown()).default({}),
})
