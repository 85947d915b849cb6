import type { RunPlan } from '../../schemas/run.js'
import type { ShardAgain } from '../queue/job-queues.js'
import type { FailureItem } from './failure-items.js'

/** Which failures are done again. Where nothing is named, all that may help. */
export interface RetryFilter {
  /** As `fld failures` shows them, or the first digits; an annotator's name or a reason counts as well. */
  readonly causes: readonly string[]
  readonly shards: readonly string[]
  /** image_id, or its first digits. */
  readonly images: readonly string[]
}

/** A shard that is done again, and what of it. */
export interface ShardToRetry {
  readonly shard: string
  /** Images by the annotators that are asked for them again; none where it is the whole shard, or an absent annotator, that is missing. */
  readonly images: ShardAgain['images']
}

/** What may be done again of the failures that a filter takes. */
export function isAsked(item: FailureItem, { causes, shards, images }: RetryFilter): boolean {
  if (!item.retriable) return false
  const named = [item.cause, item.annotator ?? '', item.reason]
  if (causes.length > 0 && !causes.some((cause) => named.includes(cause) || isPrefix(cause, item.cause))) return false
  if (shards.length > 0 && !shards.includes(item.shard)) return false
  return images.length === 0 || images.some((image) => item.image_id?.startsWith(image))
}

function isPrefix(cause: string, whole: string): boolean {
  return cause.length >= 4 && whole.startsWith(cause)
}

/**
 * Failures by shard, in their order. Who failed at an image is asked for it again, and so is every annotator of a later
 * stage that looks at what the earlier ones decide: what it was shown of the image was decided without that voice.
 */
export async function* shardsToRetry(
  items: AsyncIterable<FailureItem>,
  { plan, filter }: { plan: RunPlan; filter: RetryFilter },
): AsyncGenerator<ShardToRetry, void, undefined> {
  let shard: string | null = null
  let images = new Map<string, Set<string>>()
  for await (const item of items) {
    if (!isAsked(item, filter)) continue
    if (item.shard !== shard) {
      if (shard !== null) yield { shard, images: listed(images) }
      shard = item.shard
      images = new Map()
    }
    const { annotator, image_id } = item
    if (item.kind !== 'image' || annotator === null || image_id === null) continue
    for (const name of [annotator, ...listeners(plan, item.stage)]) {
      const known = images.get(name) ?? new Set()
      images.set(name, known.add(image_id))
    }
  }
  if (shard !== null) yield { shard, images: listed(images) }
}

function listeners({ pipeline, annotators }: RunPlan, stage: string): string[] {
  const stages = pipeline.stages.map(({ name }) => name)
  const later = new Set(stages.slice(stages.indexOf(stage) + 1))
  return annotators.filter((planned) => planned.needs !== 'image' && later.has(planned.stage)).map(({ name }) => name)
}

function listed(images: ReadonlyMap<string, ReadonlySet<string>>): ShardAgain['images'] {
  return Object.fromEntries([...images].map(([annotator, ids]) => [annotator, [...ids]]))
}
