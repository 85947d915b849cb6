import { createHash } from 'node:crypto'
import type { PlannedAnnotator, RunPlan } from '../../schemas/run.js'
import { sourceAnnotators } from '../../schemas/source-annotators.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { observationsExist } from '../dataset/observation-file.js'
import type { ObjectStore } from '../storage/object-store.js'

/** A shard of a run whose observations are looked for. */
export interface ObservedShard {
  readonly store: ObjectStore
  readonly plan: RunPlan
  readonly shard: string
  readonly signal: AbortSignal
  /** Optional annotators that gave nothing, where a commit says which; the store is asked when left out. */
  readonly absent?: ReadonlySet<string>
}

/**
 * Where the observations of a shard lie, or will lie, by annotator: shared by all runs that use an annotator the same
 * way. An annotator that sees what earlier stages decided says something else while an optional one of them is absent, so
 * what it says then lies elsewhere, and is said anew when the other has come back. With `through`, as far as that stage.
 */
export async function observationKeys(observed: ObservedShard, through?: string): Promise<ReadonlyMap<string, string>> {
  const { plan, shard } = observed
  const keys = new Map<string, string>()
  const absent: string[] = []
  for (const { name } of plan.pipeline.stages) {
    const annotators = plan.annotators.filter(({ stage }) => stage === name)
    for (const planned of annotators) keys.set(planned.name, keyOf(plan, planned, shard, absent))
    if (name === through) break
    const optional = annotators.filter(({ required }) => !required)
    const there = await Promise.all(optional.map(({ name }) => spoke(observed, name, keys.get(name) ?? '')))
    absent.push(...optional.flatMap((planned, index) => (there[index] ? [] : [planned.name])))
  }
  return keys
}

async function spoke({ store, signal, absent }: ObservedShard, annotator: string, key: string): Promise<boolean> {
  return absent === undefined ? observationsExist(store, key, { signal }) : !absent.has(annotator)
}

function keyOf(plan: RunPlan, planned: PlannedAnnotator, shard: string, absent: readonly string[]): string {
  const { name, digest, needs } = planned
  const heard = needs === 'image' || absent.length === 0 ? digest : withoutThem(digest, absent)
  return storeLayout.observations(plan.set, name, heard, shard)
}

function withoutThem(digest: string, absent: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([digest, ...[...absent].sort()]))
    .digest('hex')
    .slice(0, 16)
}

/** Where what came with the source lies, by its annotators; none where it can carry no labels. */
export function sourceKeys(
  { set, label_digest }: RunPlan,
  shard: string,
): (readonly [annotator: string, key: string])[] {
  if (label_digest === null) return []
  return sourceAnnotators.map(({ annotator }) => [
    annotator,
    storeLayout.observations(set, annotator, label_digest, shard),
  ])
}
