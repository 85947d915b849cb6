import { annotatorName } from '../../schemas/annotator-use.js'
import { FldError } from '../../schemas/errors.js'
import type { DtypeChoice, PinnedFile } from '../../schemas/pack.js'
import type { PlannedAnnotator, RunPlan } from '../../schemas/run.js'
import { pickFiles } from '../models/packs/graph-files.js'
import { planDigest } from './plan-digest.js'

/** A version of a checkpoint with its files, of every dtype. */
export interface CheckpointVersion {
  readonly version: number
  readonly files: readonly PinnedFile[]
  /** Those to use where the pipeline does not choose: versions may hold different ones. */
  readonly dtype: DtypeChoice
}

/**
 * The plan as one shard uses it: annotators that follow `current` are bound to the given version of their checkpoint,
 * with its files in their entry and digest, and the digests of those that are shown what they decide follow. A plan in
 * which nothing follows is returned as it is. Pure: the same versions give the same digests in every process.
 *
 * Throws FldError `internal` when a followed checkpoint has no version here, `config_invalid` when a version lacks a dtype.
 */
export function bindCheckpoints(plan: RunPlan, versions: ReadonlyMap<string, CheckpointVersion>): RunPlan {
  if (!plan.annotators.some(({ checkpoint }) => checkpoint?.version === null)) return plan
  const stages = plan.pipeline.stages.map(({ name }) => name)
  const uses = plan.pipeline.stages.flatMap(({ annotators }) => annotators)
  const chosen = new Map(uses.map((use) => [annotatorName(use), use.dtype]))
  const bound: PlannedAnnotator[] = []
  /** Those that say something else with another version. */
  const moving: PlannedAnnotator[] = []
  for (const planned of plan.annotators) {
    const place = stages.indexOf(planned.stage)
    const seen = planned.needs === 'image' ? [] : moving.filter(({ stage }) => stages.indexOf(stage) < place)
    const one = seeing(bindAnnotator(planned, versions, chosen.get(planned.name)), seen)
    bound.push(one)
    if (one.digest !== planned.digest) moving.push(one)
  }
  return { ...plan, annotators: bound }
}

/** The digest of an annotator whose files were not known when the rest of it was. */
export function digestWithFiles(digest: string, files: readonly PinnedFile[]): string {
  const pinned = files.map(({ path, sha256 }) => [path, sha256] as const).sort(([a], [b]) => (a < b ? -1 : 1))
  return planDigest({ digest, files: pinned }).slice(0, 16)
}

function bindAnnotator(
  planned: PlannedAnnotator,
  versions: ReadonlyMap<string, CheckpointVersion>,
  dtype: DtypeChoice | undefined,
): PlannedAnnotator {
  const { name, checkpoint } = planned
  if (checkpoint === null || checkpoint.version !== null) return planned
  const taken = versions.get(checkpoint.name)
  if (taken === undefined) {
    throw new FldError('internal', `annotator "${name}": no version of checkpoint "${checkpoint.name}" was taken up`)
  }
  const entry = pickFiles({ ...planned.entry, dtype: dtype ?? taken.dtype, files: [...taken.files] })
  const digest = digestWithFiles(planned.digest, entry.files)
  return { ...planned, entry, digest, checkpoint: { name: checkpoint.name, version: taken.version } }
}

function seeing(planned: PlannedAnnotator, moving: readonly PlannedAnnotator[]): PlannedAnnotator {
  if (moving.length === 0) return planned
  const seen = moving.map(({ name, digest }) => ({ name, digest }))
  return { ...planned, digest: planDigest({ digest: planned.digest, seen }).slice(0, 16) }
}
