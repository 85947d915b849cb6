import type { ConsensusConfig } from '../../schemas/consensus-config.js'
import { FldError } from '../../schemas/errors.js'
import type { ImageSet, RunPlan } from '../../schemas/run.js'
import { startThread } from '../models/sessions/start-thread.js'
import { changedRules } from '../rounds/index.js'
import { ReplayHelper, type ReplayHelperData } from '../run/replay-helper.js'
import { type RetiredRule, retiredRules } from '../run/replay-retired-rules.js'
import { replayRound } from '../run/replay-round.js'
import { planReplay, replayableSet, replayedShards } from '../run/replay-run.js'
import { readRoundPlan } from '../run/round-plan.js'
import { beginRun, readPlan } from '../run/run-ledger.js'
import { newProgress } from '../run/run-progress.js'
import type { ObjectStore } from '../storage/object-store.js'
import { absoluteLocation, type Environment, readEnvironment } from './environment.js'
import { listenForInterrupt } from './interrupt.js'
import { checkLabelRules } from './label-rules.js'
import { openLiveView } from './live-view.js'
import { packageVersion } from './package-version.js'
import { replayRules } from './replay-rules.js'
import { endInterrupted, endSession, say } from './session-end.js'

/** The options of `fld replay`. */
export interface ReplayFlags {
  readonly round: number
  readonly set: readonly string[]
  /** As `--calibration` names it. */
  readonly calibration?: string
  readonly as?: string
  readonly out?: string
  readonly workers: number
  readonly window: number
  readonly json?: boolean
}

/** A replay has one decision of its own, whichever round it repeats. */
const ownRound = 0

/** Decides a run again from the command line. Returns the exit code. */
export async function replaySession(run: string, flags: ReplayFlags): Promise<number> {
  const started = Date.now()
  const environment = readEnvironment()
  const out = absoluteLocation(flags.out ?? environment.out)
  const store = await environment.openStore(out)
  try {
    const of = await readPlan(store, run)
    if ((await readRoundPlan(store, { run, round: flags.round })) !== null) throw merged(run, flags.round)
    const set = await replayableSet(store, { run, round: flags.round, set: of.set })
    const consensus = replayRules(await calibratedRules(store, of, flags.calibration), flags.set)
    const asked = { of, round: flags.round, consensus, name: flags.as, version: await packageVersion() }
    const planned = planReplay(asked)
    checkLabelRules(planned, of.pipeline.consensus.label_rules)
    const plan = await beginRun(store, planned)
    const retired = await retiredRules(store, run)
    const session: Session = { store, of, retired, plan, set, out, environment, flags, started }
    const alone = environment.redisUrl === null && flags.workers > 0
    return await (alone ? replayHere(session) : replayQueued(session))
  } finally {
    await store.close()
  }
}

function merged(run: string, round: number): FldError {
  const message = `round ${round} of run "${run}" is a merge with what a checkpoint said, which no rule of consensus decides. Other rules of the merge are another round: fld rollback ${run}, then fld round ${run} with --set round.<key>=<value>; it asks the checkpoint nothing again`
  return new FldError('config_invalid', message)
}

interface Session {
  readonly store: ObjectStore
  /** The run that is decided again. */
  readonly of: RunPlan
  /** Rules of that run which this version has not. */
  readonly retired: readonly RetiredRule[]
  readonly plan: RunPlan
  readonly set: ImageSet
  readonly out: string
  readonly environment: Environment
  readonly flags: ReplayFlags
  readonly started: number
}

/** The run's rules with a calibration laid over them; `--set` changes what comes of it. */
async function calibratedRules(store: ObjectStore, of: RunPlan, asked: string | undefined): Promise<ConsensusConfig> {
  if (asked === undefined) return of.pipeline.consensus
  const { findCalibration } = await import('./calibration-file.js')
  const { calibrationNotes, withCalibration } = await import('../run/with-calibration.js')
  const calibration = await findCalibration(store, asked)
  for (const note of calibrationNotes(of.annotators, calibration)) say(note)
  return withCalibration(of.pipeline, calibration).consensus
}

function announce({ of, retired, plan, out }: Session): void {
  const changes = changedRules(of.pipeline.consensus, plan.pipeline.consensus)
  const how = changes.length + retired.length === 0 ? ' by the same rules' : ''
  say(`run ${plan.run}: decides round ${plan.replay_of?.round} of ${of.run} again${how} -> ${out}`)
  for (const { key, before, after } of changes) {
    say(`  consensus.${key}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`)
  }
  for (const { key, value } of retired) {
    say(
      `  consensus.${key}: ${JSON.stringify(value)} was a rule of fld ${of.version}; this version has none of that name`,
    )
  }
}

/** In this process and threads of it: no Redis and no worker process is started. */
async function replayHere(session: Session): Promise<number> {
  const { store, plan, set, out, flags, started } = session
  const interrupt = listenForInterrupt(() => say('stopping after the shards at hand; Ctrl-C again stops at once'))
  announce(session)
  const progress = newProgress([])
  const view = openLiveView(progress)
  const signal = interrupt.soon
  try {
    await replayRound({
      ...{ store, plan, round: ownRound, set, signal, progress },
      shards: shardsOf(store, plan, set, signal),
      startHelpers: (shards) => startHelpers(flags.workers, shards, { out, run: plan.run, round: ownRound }),
      onFailure: (shard, reason) => view.log(`shard ${shard} failed: ${reason}`),
    })
  } catch (error) {
    if (!signal.aborted) throw error
    return endInterrupted()
  } finally {
    view.close()
    interrupt.release()
  }
  return endSession({ store, out, run: plan.run, round: ownRound, json: flags.json ?? false, started })
}

const shardsWorthThread = 8

/** Threads beside this one; a thread takes as long to start and to warm up as several shards take to decide. */
function startHelpers(workers: number, shards: number, workerData: ReplayHelperData): ReplayHelper[] {
  const threads = Math.min(workers, Math.ceil(shards / shardsWorthThread)) - 1
  const entry = new URL('./replay-thread.js', import.meta.url)
  const start = () =>
    startThread(entry, { workerData, name: 'replay', resourceLimits: { maxYoungGenerationSizeMb: 64 } })
  return Array.from({ length: Math.max(0, threads) }, () => new ReplayHelper(start()))
}

/** With worker processes, here and wherever else they serve the same Redis. */
async function replayQueued(session: Session): Promise<number> {
  const { store, plan, set, out, environment, flags } = session
  const { attendRound, checkWorkers, overShards } = await import('./queued-round.js')
  checkWorkers(flags, environment)
  announce(session)
  return attendRound({
    ...{ store, plan, round: ownRound, out, environment },
    flags: { ...flags, cacheMb: 16, sessions: 1, threads: 1 },
    annotators: [],
    queues: ['shards'],
    drive: overShards(
      { store, plan, round: ownRound, out },
      {
        shards: (signal, progress) => {
          Object.assign(progress.ingest, { seen: set.images, accepted: set.images })
          return shardsOf(store, plan, set, signal)
        },
        describe: ({ images, shards }) => `all ${shards} shards with ${images} images are handed out`,
      },
    ),
  })
}

function shardsOf(store: ObjectStore, { replay_of }: RunPlan, set: ImageSet, signal: AbortSignal) {
  if (replay_of === null) throw new RangeError('a replay replays a run')
  return replayedShards(store, { replay_of, set }, { signal })
}
