import { FldError } from '../../schemas/errors.js'
import type { RunPlan } from '../../schemas/run.js'
import { describeSet } from '../ingest/describe-set.js'
import { ingest } from '../ingest/ingest.js'
import { type EmbeddedRedis, startEmbeddedRedis } from '../queue/embedded-redis.js'
import { probeRedis, redisConnection, redisLabel } from '../queue/redis-connection.js'
import { type LocalWorkers, startLocalWorkers } from '../run/local-workers.js'
import { beginRun } from '../run/run-ledger.js'
import { newProgress } from '../run/run-progress.js'
import { runRound } from '../run/run-round.js'
import { type RunSummary, summariseRun } from '../run/run-summary.js'
import { planNow } from '../run/shard-checkpoints.js'
import { watchUnserved } from '../run/unserved-queues.js'
import { absoluteLocation, type Environment, readEnvironment } from './environment.js'
import { exitCodes } from './exit-code.js'
import { type Interrupt, listenForInterrupt } from './interrupt.js'
import { type LiveView, openLiveView } from './live-view.js'
import { type PreparedRun, prepareRun } from './prepare-run.js'
import { pullModels } from './pull-view.js'
import { startDetached } from './start-detached.js'
import { summaryText } from './summary-text.js'
import { type WorkerFlags, workerArguments } from './worker-flags.js'

/** The options of `fld run`. */
export interface RunFlags extends WorkerFlags {
  readonly images: string
  readonly out?: string
  readonly set: readonly string[]
  readonly runId?: string
  readonly imageFolder?: string
  readonly detach?: boolean
  readonly json?: boolean
  readonly workers: number
  readonly window: number
}

/** Round 0: the specialists. */
const round = 0

/** Runs a pipeline from the command line, from planning to the closing summary. Returns the exit code. */
export async function runSession(pipeline: string, flags: RunFlags): Promise<number> {
  const environment = readEnvironment()
  const out = absoluteLocation(flags.out ?? environment.out)
  if (flags.workers === 0 && environment.redisUrl === null) {
    throw new FldError('config_invalid', '--workers 0 needs REDIS_URL: no other worker can reach a Redis of our own')
  }
  const prepared = await prepareRun({ pipeline, out, environment, ...flags })
  try {
    const plan = await beginRun(prepared.store, prepared.plan)
    say(`run ${plan.run}: ${plan.annotators.length} annotators over ${plan.source} -> ${out}`)
    for (const [name, why] of Object.entries(plan.left_out)) say(`optional annotator "${name}" is left out: ${why}`)
    await pullModels(await planNow(prepared.store, plan), environment)
    if (flags.detach) return await startDetached({ run: plan.run, out, logs: (await environment.pullOptions()).cache })
    return await attend({ prepared, plan, out, environment, flags })
  } finally {
    await prepared.close()
  }
}

interface Session {
  readonly prepared: PreparedRun
  readonly plan: RunPlan
  readonly out: string
  readonly environment: Environment
  readonly flags: RunFlags
}

/** Runs with Redis, workers and the live view around it, and takes them down again in the right order. */
async function attend(session: Session): Promise<number> {
  const started = Date.now()
  const interrupt = listenForInterrupt(() => undefined)
  const redis = await openRedis(session.environment, session.flags.workers)
  try {
    await runToEnd(session, redis, interrupt)
    const summary = await summariseRun(session.prepared.store, { run: session.plan.run, round })
    return closing(summary, session, (Date.now() - started) / 1000)
  } catch (error) {
    if (redis.ended.aborted) throw redis.ended.reason
    if (!interrupt.soon.aborted) throw error
    say(`stopped. What is done is kept; to go on, run the same command again:\n  ${sameCommand()}`)
    return exitCodes.interrupted
  } finally {
    interrupt.release()
    await redis.stop()
  }
}

async function openRedis({ redisUrl }: Environment, workers: number): Promise<EmbeddedRedis> {
  if (redisUrl === null) return startEmbeddedRedis()
  const probe = await probeRedis(redisUrl)
  probe.disconnect()
  say(`queue: Redis at ${redisLabel(redisUrl)}${workers === 0 ? '; no worker here: start fld worker elsewhere' : ''}`)
  // A server of others that goes away is waited for.
  return { url: redisUrl, ended: new AbortController().signal, stop: async () => undefined }
}

async function runToEnd(session: Session, redis: EmbeddedRedis, interrupt: Interrupt): Promise<void> {
  const { plan, prepared, flags } = session
  const progress = newProgress(plan.annotators.map(({ name }) => name))
  const view = openLiveView(progress)
  const workers = localWorkers(session, redis.url, view)
  const connection = redisConnection(redis.url)
  connection.on('error', () => undefined)
  const signal = AbortSignal.any([interrupt.soon, redis.ended])
  const hint = () => view.log('stopping: running batches end first; Ctrl-C again stops at once')
  interrupt.soon.addEventListener('abort', hint, { once: true })
  const over = new AbortController()
  const onUnserved = (queue: string, waiting: number) =>
    view.log(`${waiting} jobs wait in ${queue} and no worker serves it: start fld worker --queues ${queue}`)
  // Workers of our own serve every queue, and are replaced when they end.
  const watched = { connection, annotators: plan.annotators, signal: over.signal, onUnserved }
  const watching = flags.workers === 0 ? watchUnserved(watched) : Promise.resolve()
  try {
    const packing = ingest({
      ...prepared.ingest,
      store: prepared.store,
      signal,
      onProgress: ({ seen, accepted, refused }) => Object.assign(progress.ingest, { seen, accepted, refused }),
    })
    await runRound({
      store: prepared.store,
      out: session.out,
      plan,
      round,
      ingest: packing,
      connection,
      window: flags.window,
      signal,
      progress,
      onPacked: (set) => view.log(describeSet(set)),
      onFailure: (shard, reason) => view.log(`shard ${shard} failed: ${reason}`),
    })
  } finally {
    over.abort()
    await watching.catch(() => undefined)
    view.close()
    await endWorkers(workers, AbortSignal.any([interrupt.now, redis.ended]))
    connection.disconnect()
  }
}

function localWorkers({ flags }: Session, redisUrl: string, view: LiveView): LocalWorkers {
  return startLocalWorkers({
    count: flags.workers,
    module: process.argv[1] ?? '',
    args: ['worker', ...workerArguments(flags, flags.workers)],
    // glibc would keep what a model gave back for itself.
    env: { MALLOC_TRIM_THRESHOLD_: '1048576', ...process.env, REDIS_URL: redisUrl },
    log: view.log,
  })
}

/** Lets the workers end their batches, unless a second Ctrl-C is quicker or there is no Redis to hand their jobs back to. */
async function endWorkers(workers: LocalWorkers, now: AbortSignal): Promise<void> {
  const impatient = new Promise<void>((resolve) => {
    if (now.aborted) resolve()
    now.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([workers.drain(), impatient])
  await workers.stop()
}

function closing(summary: RunSummary, { flags, out }: Session, seconds: number): number {
  if (flags.json) process.stdout.write(`${JSON.stringify({ ...summary, out, seconds })}\n`)
  else process.stdout.write(`\n${summaryText(summary, { out, seconds })}\n`)
  if (summary.images + summary.refused + summary.failed.length === 0) {
    throw new FldError('source_invalid', `no image was found in ${summary.source}: nothing was annotated`)
  }
  const complete = summary.state === 'complete'
  if (summary.refused > 0) say(`which files were refused, and why: fld inspect ${summary.run} --out ${out} --shard <n>`)
  if (!complete) say('failed shards are tried again when the same command is run again')
  return complete && summary.quarantined === 0 ? exitCodes.ok : exitCodes.finishedWithFaults
}

function sameCommand(): string {
  const quoted = process.argv.slice(2).map((part) => (/^[\w@%+=:,./-]+$/.test(part) ? part : `'${part}'`))
  return `fld ${quoted.join(' ')}`
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
