import { checkpointLabel } from '../../schemas/annotator-use.js'
import type { Checkpoint } from '../../schemas/checkpoint.js'
import { type LockedEntry, lockedEntrySchema } from '../../schemas/pack.js'
import type { CheckpointVersions, RunPlan } from '../../schemas/run.js'
import { checkpointDtypes, checkpointFiles, readCheckpoint } from '../rounds/index.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { bindCheckpoints, type CheckpointVersion } from './bind-checkpoints.js'

/**
 * The version of each checkpoint that a shard which begins now is annotated with: the one the plan names, else the one
 * that is `current`. Asked once per shard; whatever is promoted later is for shards that begin later. Throws as
 * `readCheckpoint` does.
 */
export async function versionsNow(
  store: ObjectStore,
  plan: RunPlan,
  options: StoreOptions = {},
): Promise<CheckpointVersions> {
  const versions: Record<string, number> = {}
  for (const { checkpoint } of plan.annotators) {
    if (checkpoint === null || versions[checkpoint.name] !== undefined) continue
    const { name, version } = checkpoint
    versions[name] = version ?? (await readCheckpoint(store, name, 'current', options)).version
  }
  return versions
}

/** The plan with the checkpoints that it follows bound to these versions. Throws as `readCheckpoint` and `bindCheckpoints`. */
export async function planWithVersions(
  store: ObjectStore,
  plan: RunPlan,
  versions: CheckpointVersions,
  options: StoreOptions = {},
): Promise<RunPlan> {
  const followed = plan.annotators.flatMap(({ checkpoint }) => (checkpoint?.version === null ? [checkpoint.name] : []))
  const read = new Map<string, CheckpointVersion>()
  for (const name of new Set(followed)) {
    const version = versions[name]
    if (version === undefined) continue
    const checkpoint = await readCheckpoint(store, name, version, options)
    read.set(name, { version, files: checkpointFiles(store, checkpoint), dtype: checkpointDtypes(checkpoint) })
  }
  return bindCheckpoints(plan, read)
}

/** The plan as a shard that begins now would use it. Throws as `versionsNow` and `planWithVersions`. */
export async function planNow(store: ObjectStore, plan: RunPlan, options: StoreOptions = {}): Promise<RunPlan> {
  return planWithVersions(store, plan, await versionsNow(store, plan, options), options)
}

/** A checkpoint as an entry of a pack would say it: what a plan is made from. */
export function checkpointEntry(store: ObjectStore, checkpoint: Checkpoint): LockedEntry {
  const { name, annotator, family, licence } = checkpoint
  const files = checkpointFiles(store, checkpoint)
  return lockedEntrySchema.parse({ name, annotator, family, licence, files, dtype: checkpointDtypes(checkpoint) })
}

/** Which of some annotators of a bound plan are checkpoints: `name@version`, sorted; null where none is. */
export function checkpointsAmong(plan: RunPlan): (annotators: readonly string[]) => string[] | null {
  const labels = new Map(
    plan.annotators.flatMap(({ name, checkpoint }) =>
      checkpoint === null || checkpoint.version === null
        ? []
        : [[name, checkpointLabel(checkpoint.name, checkpoint.version)] as const],
    ),
  )
  return (annotators) => {
    const found = new Set(annotators.flatMap((name) => labels.get(name) ?? []))
    return found.size === 0 ? null : [...found].sort()
  }
}
