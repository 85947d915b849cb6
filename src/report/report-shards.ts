import type { ShardAnnotations } from '../../schemas/annotation.js'
import type { ImageRecord } from '../../schemas/image.js'
import type { RunPlan, ShardCommit } from '../../schemas/run.js'
import { readCommits } from '../dataset/committed-shards.js'
import { type ObservationFooter, readObservationFooter } from '../dataset/observation-footer.js'
import { readCommittedShard } from '../run/committed-images.js'
import { observationKeys, sourceKeys } from '../run/observation-keys.js'
import { planWithVersions } from '../run/shard-checkpoints.js'
import type { ObjectStore } from '../storage/object-store.js'

/** What an annotator's observations of a shard are, and where. */
export interface ObservedFile extends ObservationFooter {
  readonly key: string
}

/** A committed shard as the report looks at it: all its rows, and the footers of what they were decided from. */
export interface ReportShard {
  readonly commit: ShardCommit
  readonly images: readonly ImageRecord[]
  readonly annotations: ShardAnnotations
  /** By annotator; one that said nothing of this shard is not here. The source's own labels are among them. */
  readonly observed: ReadonlyMap<string, ObservedFile>
}

/** Adds up one aspect of a run, shard by shard, in memory that does not grow with them. */
export interface Gatherer<Figures> {
  add(shard: ReportShard): void
  figures(): Figures
}

/** Shards fetched ahead of the one that is added up: a store answers late, and each shard is a dozen requests. */
const fetchedAhead = 4

/** The committed shards of a round, in the order of their names, also of one that is not closed. Throws as the readers do. */
export async function* readReportShards(
  store: ObjectStore,
  place: { plan: RunPlan; round: number },
  options: { signal: AbortSignal },
): AsyncGenerator<ReportShard, void, undefined> {
  const { plan, round } = place
  const boundPlan = planBinder(store, plan, options)
  const pending: Promise<ReportShard>[] = []
  for await (const commit of readCommits(store, plan.run, round, options)) {
    const shard = readReportShard(store, { plan, round, commit, boundPlan }, options)
    // Its failure is thrown where it is awaited; until then it must not count as unhandled.
    shard.catch(() => undefined)
    pending.push(shard)
    if (pending.length < fetchedAhead) continue
    const next = pending.shift()
    if (next) yield await next
  }
  for (const next of pending) yield await next
}

interface ShardPlace {
  readonly plan: RunPlan
  readonly round: number
  readonly commit: ShardCommit
  readonly boundPlan: (commit: ShardCommit) => Promise<RunPlan>
}

async function readReportShard(
  store: ObjectStore,
  { plan, round, commit, boundPlan }: ShardPlace,
  options: { signal: AbortSignal },
): Promise<ReportShard> {
  const { shard } = commit
  const absent = new Set(Object.keys(commit.absent))
  const [{ images, annotations }, keys] = await Promise.all([
    readCommittedShard(store, { plan, round, shard }, options),
    boundPlan(commit).then((bound) => observationKeys({ store, plan: bound, shard, absent, signal: options.signal })),
  ])
  const files = await Promise.all(
    [...keys, ...sourceKeys(plan, shard)]
      .filter(([annotator]) => !absent.has(annotator))
      .map(async ([annotator, key]) => {
        const footer = await readObservationFooter(store, key, options)
        return footer === null ? [] : [[annotator, { ...footer, key }] as const]
      }),
  )
  return { commit, images, annotations, observed: new Map(files.flat()) }
}

/** Shards that took up the same versions of checkpoints have the same plan. */
function planBinder(store: ObjectStore, plan: RunPlan, options: { signal: AbortSignal }) {
  const bound = new Map<string, Promise<RunPlan>>()
  return ({ checkpoints }: ShardCommit): Promise<RunPlan> => {
    const key = JSON.stringify(checkpoints)
    const found = bound.get(key) ?? planWithVersions(store, plan, checkpoints, options)
    bound.set(key, found)
    return found
  }
}
