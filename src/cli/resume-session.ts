import { FldError } from '../../schemas/errors.js'
import type { ImageSet, RunPlan } from '../../schemas/run.js'
import { readClosedRounds } from '../dataset/current-round.js'
import { readImageSet } from '../dataset/image-set.js'
import { readManifest } from '../dataset/manifest.js'
import { describeSet } from '../ingest/describe-set.js'
import { packedSet } from '../ingest/ingest.js'
import { queueNames } from '../queue/job-queues.js'
import { heldAnnotators, planDifferences } from '../run/plan-differences.js'
import { latestRound, openRoundPlan } from '../run/round-plan.js'
import { readControl, writeControl } from '../run/run-control.js'
import { readPlan } from '../run/run-ledger.js'
import type { RunProgress } from '../run/run-progress.js'
import { planNow } from '../run/shard-checkpoints.js'
import type { ObjectStore } from '../storage/object-store.js'
import { absoluteLocation, type Environment, readEnvironment } from './environment.js'
import { goOnWithRound, roundText } from './open-round.js'
import { packing } from './packing.js'
import { openAskedSource, planAgain } from './plan-again.js'
import type { OpenedSource } from './prepare-run.js'
import { pullModels } from './pull-view.js'
import { attendRound, checkWorkers, overShards } from './queued-round.js'
import { endSession, say } from './session-end.js'
import type { QueueFlags } from './worker-flags.js'

/** The options of `fld resume`. */
export interface ResumeFlags extends QueueFlags {
  readonly out?: string
  readonly images?: string
  readonly imageFolder?: string
}

const round = 0

/** Goes on with a run. Returns the exit code. */
export async function resumeSession(run: string, flags: ResumeFlags): Promise<number> {
  const started = Date.now()
  const environment = readEnvironment()
  const out = absoluteLocation(flags.out ?? environment.out)
  const store = await environment.openStore(out)
  try {
    const plan = await readPlan(store, run)
    const own = await openRoundPlan(store, run)
    if (own !== null) {
      checkWorkers(flags, environment)
      const open = { store, whole: plan, own, out, environment, flags }
      await letGoAgain(open)
      say(roundText(open))
      return await goOnWithRound(open)
    }
    if (plan.replay_of !== null) throw replayed(plan, out)
    if ((await readManifest(store, run, round)) !== null) {
      const { next, withdrawn } = await readClosedRounds(store, run)
      const given = withdrawn.some((each) => each.round === next)
      say(
        given
          ? `round ${next} of run ${run} is withdrawn and stays open; fld round begins another`
          : `run ${run} is complete`,
      )
      const last = await latestRound(store, run)
      return await endSession({ store, out, run, round: last, json: flags.json ?? false, started })
    }
    checkWorkers(flags, environment)
    return await goOn({ store, plan, out, environment, flags })
  } finally {
    await store.close()
  }
}

interface Resumed {
  readonly store: ObjectStore
  readonly plan: RunPlan
  readonly out: string
  readonly environment: Environment
  readonly flags: ResumeFlags
}

async function goOn(resumed: Resumed): Promise<number> {
  const { store, plan, out, environment, flags } = resumed
  const packed = await readImageSet(store, plan.set)
  const opened = packed === null ? await openAskedSource(plan, resumed) : null
  try {
    await checkSamePlan(resumed, opened)
    await letGoAgain({ store, whole: plan })
    say(`run ${plan.run}: goes on with ${plan.annotators.length} annotators over ${plan.source} -> ${out}`)
    await pullModels(await planNow(store, plan), environment)
    return await attendRound({
      ...{ store, plan, round, out, environment, flags },
      annotators: plan.annotators,
      queues: queueNames,
      drive: overShards(
        { store, plan, round, out },
        { shards: shardsOf(store, packed ?? opened), describe: describeSet },
      ),
    })
  } finally {
    await opened?.close()
  }
}

/** A run that was paused or cancelled goes on. */
async function letGoAgain({ store, whole: { run } }: { store: ObjectStore; whole: RunPlan }): Promise<void> {
  const before = await readControl(store, run)
  if (before === 'running') return
  say(`it was ${before}`)
  await writeControl(store, run, 'running')
}

/** The shards that are packed, or the rest of the packing. */
function shardsOf(store: ObjectStore, from: ImageSet | OpenedSource | null) {
  if (from === null) throw new RangeError('neither packed nor to be packed')
  if ('source' in from && 'settings' in from) return packing(store, from)
  return (signal: AbortSignal, progress: RunProgress) => {
    Object.assign(progress.ingest, { seen: from.images, accepted: from.images })
    return packedSet(store, from, { signal })
  }
}

/** Throws FldError `run_conflict` when the same command would now make another run, naming why and the way out. */
async function checkSamePlan({ store, plan, out, environment }: Resumed, opened: OpenedSource | null): Promise<void> {
  const { plan: now, note } = await planAgain(plan, { store, environment, opened })
  if (note !== null) say(note)
  const differences = planDifferences(plan, now)
  if (differences.length === 0) return
  const held = heldAnnotators(plan, now)
  const reuse = held.length > 0 ? `; it asks ${held.join(', ')} nothing again, whose observations still hold` : ''
  const { asked } = plan
  const command =
    asked === null
      ? 'fld run'
      : `fld run ${asked.pipeline} --images ${opened?.images ?? asked.images} --out ${out}${asked.set.map((set) => ` --set ${set}`).join('')}`
  throw new FldError(
    'run_conflict',
    `run "${plan.run}" cannot go on: ${differences.join('; ')}. A new run can begin from here: ${command}${reuse}`,
    { details: { run: plan.run, differences, held } },
  )
}

function replayed(plan: RunPlan, out: string): FldError {
  const { run, round: of } = plan.replay_of ?? { run: '', round: 0 }
  const message = `run "${plan.run}" is a replay: fld replay ${run} --round ${of} --as ${plan.run} --out ${out} goes on with it, with the same --set`
  return new FldError('config_invalid', message)
}
