import type { FailureItem } from './failure-items.js'

/** Failures of one cause. */
export interface FailureGroup
  extends Pick<FailureItem, 'cause' | 'kind' | 'stage' | 'annotator' | 'reason' | 'retriable'> {
  count: number
  /** Shards in which it happened. */
  shards: number
  readonly examples: Pick<FailureItem, 'shard' | 'image_id' | 'source' | 'message'>[]
}

/** Examples that are kept of a cause. */
const examplesOfACause = 3

/** Failures by their causes, the most frequent first; what is kept does not grow with their number. */
export async function groupFailures(items: AsyncIterable<FailureItem>): Promise<FailureGroup[]> {
  const groups = new Map<string, FailureGroup>()
  const lastShard = new Map<string, string>()
  for await (const { cause, kind, stage, annotator, reason, retriable, ...example } of items) {
    const group = groups.get(cause) ?? {
      cause,
      kind,
      stage,
      annotator,
      reason,
      retriable,
      count: 0,
      shards: 0,
      examples: [],
    }
    groups.set(cause, group)
    group.count += 1
    if (lastShard.get(cause) !== example.shard) group.shards += 1
    lastShard.set(cause, example.shard)
    if (group.examples.length < examplesOfACause) group.examples.push(example)
  }
  return [...groups.values()].sort((a, b) => b.count - a.count || (a.cause < b.cause ? -1 : 1))
}
