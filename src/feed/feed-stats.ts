import type { FeedOptions } from '../../schemas/feed.js'
import { manifestShards } from '../dataset/manifest.js'
import type { ObjectStore } from '../storage/object-store.js'
import type { CountTokens } from './samples/count-tokens.js'
import { shardSamples } from './shard-samples.js'
import { openCatalog } from './snapshot-catalog.js'

/** What the samples of one task come to. */
export interface TaskStats {
  samples: number
  /** Samples in an epoch on average, by their weights. */
  in_epoch: number
  /** Of all targets. */
  tokens: number
  longest: number
}

/** What a snapshot gives for training. */
export interface FeedStats {
  images: number
  /** Images that give no sample. */
  without_samples: number
  samples: number
  in_epoch: number
  tokens: number
  readonly tasks: Record<string, TaskStats>
  /** Samples by the tokens of their target, by powers of two: `64` is up to 64. */
  readonly lengths: Record<string, number>
  /** What is in no sample, by task and reason: `OCR marker_in_text`. */
  readonly left_out: Record<string, number>
}

/** Goes over a snapshot and adds its samples up; one shard is in memory at a time. */
export async function feedStats(
  store: ObjectStore,
  { run, round, options, countTokens, signal, onShard }: StatsOptions,
): Promise<FeedStats> {
  const { manifest, shards } = await openCatalog(store, { run, round }, { signal })
  const stats: FeedStats = {
    ...{ images: 0, without_samples: 0, samples: 0, in_epoch: 0, tokens: 0 },
    ...{ tasks: {}, lengths: {}, left_out: {} },
  }
  let done = 0
  for await (const shard of manifestShards(store, manifest, { signal })) {
    const counted = countTokens === undefined ? {} : { countTokens }
    const made = await shardSamples(store, { set: manifest.set, shard, options, ...counted }, { signal })
    addShard(stats, made, options)
    done += 1
    onShard(done, shards)
  }
  return stats
}

export interface StatsOptions {
  readonly run: string
  readonly round: number
  readonly options: FeedOptions
  readonly countTokens?: CountTokens | undefined
  readonly signal: AbortSignal
  readonly onShard: (done: number, of: number) => void
}

function addShard(
  stats: FeedStats,
  { images, left_out }: Awaited<ReturnType<typeof shardSamples>>,
  { splits }: FeedOptions,
): void {
  for (const { record, samples } of images) {
    if (!splits.includes(record.split)) continue
    stats.images += 1
    if (samples.length === 0) stats.without_samples += 1
    for (const { task, target_tokens, weight } of samples) {
      const known = stats.tasks[task] ?? { samples: 0, in_epoch: 0, tokens: 0, longest: 0 }
      stats.tasks[task] = {
        samples: known.samples + 1,
        in_epoch: known.in_epoch + weight,
        tokens: known.tokens + target_tokens,
        longest: Math.max(known.longest, target_tokens),
      }
      stats.samples += 1
      stats.in_epoch += weight
      stats.tokens += target_tokens
      count(stats.lengths, String(2 ** Math.ceil(Math.log2(target_tokens))))
    }
  }
  for (const { task, reason } of left_out) count(stats.left_out, `${task} ${reason}`)
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1
}
