import { randomBytes } from 'node:crypto'
import { type Job, type Queue, UnrecoverableError, WaitingChildrenError } from 'bullmq'
import { errorMessage, FldError } from '../../schemas/errors.js'
import {
  type CheckpointVersions,
  type PlannedAnnotator,
  type RetriedShard,
  type RunPlan,
  type ShardCommit,
  shardCommitSchema,
} from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { commitShard, type ShardAttempt, supersedeCommit } from '../dataset/commit.js'
import { putJson, readJsonIfPresent } from '../dataset/json-record.js'
import { observationsExist } from '../dataset/observation-file.js'
import {
  type AnnotateJob,
  annotateJobId,
  annotateJobOptions,
  annotateQueue,
  queuePrefix,
  type ResourceClass,
  type ShardJob,
} from '../queue/job-queues.js'
import type { ObjectStore } from '../storage/object-store.js'
import { dropDamaged } from './damaged-observations.js'
import { decideShard } from './decide-shard.js'
import { mergeShard } from './merge-shard.js'
import { observationKeys } from './observation-keys.js'
import { recordReplayFailure, replayShard } from './replay-shard.js'
import { recordFailure } from './run-ledger.js'
import { versionsNow } from './shard-checkpoints.js'
import type { WorkerServices } from './worker-services.js'

/** A shard's job as its processor holds it. */
export interface ShardDrive {
  readonly job: Job<ShardJob>
  /** The lock's token. */
  readonly token: string
  readonly services: WorkerServices
  readonly annotateQueue: (resource: ResourceClass) => Queue<AnnotateJob>
  readonly signal: AbortSignal
}

/** What a shard's job returns: a pointer. */
export interface ShardOutcome {
  readonly shard: string
  readonly attempt: string
}

/**
 * Takes a shard through its pipeline: hands each stage's missing annotators to their queues and waits for them as their
 * parent, then decides over the observations that lie in the store and commits. It can be killed and run again at any
 * line: what is done is found in the store, and only one attempt's commit is ever visible. Which versions of checkpoints
 * annotate the shard is settled before anything is handed out.
 */
export async function driveShard(drive: ShardDrive): Promise<ShardOutcome> {
  const { job, services, signal } = drive
  const { out, run, round, shard } = job.data
  const store = await services.store(out)
  const unbound = await services.plans.plan(out, { run, round })
  if (unbound.replay_of !== null) return decideAgain(drive, store, unbound)
  const checkpoints = await takeUpCheckpoints(drive, store)
  const plan = await services.plans.bound(out, { run, round }, checkpoints)
  if (job.data.again !== undefined) await dropDamaged({ store, plan, shard, signal })
  const absent: Record<string, string> = { ...plan.left_out }
  for (const [index, stage] of plan.pipeline.stages.entries()) {
    const annotators = plan.annotators.filter((planned) => planned.stage === stage.name)
    Object.assign(absent, await driveStage(drive, { store, plan, annotators, index, checkpoints }))
  }
  const { images } = await services.shardImages(out, { set: plan.set, shard })
  const before = await services.plans.shardBefore(out, { run, round }, shard)
  const toDecide = { store, plan, round, shard, images, signal }
  const decided = before === null ? await decideShard(toDecide) : await mergeShard({ ...toDecide, before, checkpoints })
  const attempt = randomBytes(4).toString('hex')
  const made = { run, round, shard, attempt, images: images.length, absent, checkpoints, ...decided }
  const commit = await makeVisible(drive, store, made)
  return { shard, attempt: commit.attempt }
}

/** Commits the shard; in the place of what is committed of it where it is done again, which the ledger then says. */
async function makeVisible({ job, signal }: ShardDrive, store: ObjectStore, made: ShardAttempt): Promise<ShardCommit> {
  const { commit, won } = await commitShard(store, made, { signal })
  const { again } = job.data
  if (again === undefined) return commit
  const superseded = won ? { commit, changed: true } : await supersedeCommit(store, made, { signal })
  const { run, round, shard } = made
  const { attempt } = superseded.commit
  const finished_at = new Date().toISOString()
  const retried: RetriedShard = { run, round, shard, attempt, changed: superseded.changed, finished_at }
  await putJson(store, storeLayout.retried(run, again.id, shard), retried, { signal })
  return superseded.commit
}

/** A shard of a replay: its annotators have spoken, and what they said that is gone does not come back by itself. */
async function decideAgain({ job, signal }: ShardDrive, store: ObjectStore, plan: RunPlan): Promise<ShardOutcome> {
  const { round, shard } = job.data
  try {
    const { attempt } = await replayShard({ store, plan, round, shard, signal })
    return { shard, attempt }
  } catch (error) {
    if (!(error instanceof FldError && error.code === 'store_missing')) throw error
    await recordReplayFailure(store, { plan, round, shard, error })
    throw new UnrecoverableError(errorMessage(error))
  }
}

/** What is `current` now; what it was, where the job has begun before: a shard never mixes versions. */
async function takeUpCheckpoints(
  { job, services, signal }: ShardDrive,
  store: ObjectStore,
): Promise<CheckpointVersions> {
  if (job.data.checkpoints !== undefined) return job.data.checkpoints
  const { out, run, round, shard } = job.data
  const plan = await services.plans.plan(out, { run, round })
  // A shard that is done again keeps to what it has taken up.
  const committed =
    job.data.again === undefined
      ? null
      : await readJsonIfPresent(store, storeLayout.commit(run, round, shard), shardCommitSchema, { signal })
  const checkpoints = committed?.checkpoints ?? (await versionsNow(store, plan, { signal }))
  await job.updateData({ ...job.data, checkpoints })
  return checkpoints
}

interface StageDrive {
  readonly store: ObjectStore
  readonly plan: RunPlan
  readonly annotators: readonly PlannedAnnotator[]
  /** Position of the stage in the pipeline. */
  readonly index: number
  /** That the plan is bound to. */
  readonly checkpoints: CheckpointVersions
}

/** Sees one stage through. Returns its optional annotators that gave nothing, with the reason. */
async function driveStage(drive: ShardDrive, stage: StageDrive): Promise<Record<string, string>> {
  const missing = await missingAnnotators(drive, stage)
  const images = drive.job.data.again?.images ?? {}
  const asked = stage.annotators.filter((planned) => missing.includes(planned) || images[planned.name] !== undefined)
  if (asked.length === 0) return {}
  if (drive.job.data.stage < stage.index) {
    await handOut(drive, stage, asked)
    await drive.job.updateData({ ...drive.job.data, stage: stage.index })
  }
  if (await drive.job.moveToWaitingChildren(drive.token)) throw new WaitingChildrenError()
  const failed = await missingAnnotators(drive, stage)
  const reasons = await failureReasons(drive, failed)
  const required = failed.find((planned) => planned.required)
  if (required) return failShard(drive, stage.store, required, reasons[required.name])
  return reasons
}

/** The store says what is done, not the queue. */
async function missingAnnotators({ job, signal }: ShardDrive, stage: StageDrive): Promise<PlannedAnnotator[]> {
  const { store, plan, annotators } = stage
  const keys = await observationKeys({ store, plan, shard: job.data.shard, signal }, annotators[0]?.stage)
  const there = await Promise.all(
    annotators.map((planned) => observationsExist(store, keys.get(planned.name) ?? '', { signal })),
  )
  return stage.annotators.filter((_, index) => !there[index])
}

/** Adds a stage's jobs together, so that the annotators of a shard come one after another and find its images decoded. */
async function handOut(drive: ShardDrive, stage: StageDrive, annotators: readonly PlannedAnnotator[]): Promise<void> {
  const { job } = drive
  const { out, run, round, shard } = job.data
  const { checkpoints, index } = stage
  const parent = { id: shardJobIdOf(job), queue: job.queueQualifiedName }
  for (const resource of new Set(annotators.map((planned) => planned.resource))) {
    const jobs = annotators
      .filter((planned) => planned.resource === resource)
      .map(({ name }) => ({
        name,
        data: { out, run, round, shard, annotator: name, checkpoints, ...imagesAgain(job, name) } satisfies AnnotateJob,
        // Later stages go first, so that shards in flight are finished before new ones are begun.
        opts: { ...annotateJobOptions, jobId: childId(drive, name), parent, lifo: index > 0 },
      }))
    await drive.annotateQueue(resource).addBulk(jobs)
  }
}

function imagesAgain({ data }: Job<ShardJob>, annotator: string): Pick<AnnotateJob, 'images'> {
  const images = data.again?.images[annotator]
  return images === undefined ? {} : { images }
}

function shardJobIdOf(job: Job<ShardJob>): string {
  if (job.id === undefined) throw new RangeError('a shard job without an id')
  return job.id
}

function childId({ job }: ShardDrive, annotator: string): string {
  return annotateJobId({ shardJob: shardJobIdOf(job), generation: job.data.generation, annotator })
}

async function failureReasons(drive: ShardDrive, failed: readonly PlannedAnnotator[]): Promise<Record<string, string>> {
  if (failed.length === 0) return {}
  const byJob = await drive.job.getIgnoredChildrenFailures()
  const reasonOf = ({ name, resource }: PlannedAnnotator) =>
    byJob[`${queuePrefix}:${annotateQueue(resource)}:${childId(drive, name)}`] ?? 'its job ended without observations'
  return Object.fromEntries(failed.map((planned) => [planned.name, reasonOf(planned)]))
}

async function failShard(
  { job }: ShardDrive,
  store: ObjectStore,
  annotator: PlannedAnnotator,
  reason = 'unknown',
): Promise<never> {
  const { run, round, shard } = job.data
  const message = `annotator ${annotator.name}: ${reason}`
  await recordFailure(store, {
    run,
    round,
    shard,
    stage: annotator.stage,
    annotator: annotator.name,
    code: 'annotator_failed' satisfies FldError['code'],
    message,
    failed_at: new Date().toISOString(),
  })
  throw new UnrecoverableError(message)
}
