import type { FeedOptions, Sample } from '../../schemas/feed.js'
import { manifestShards } from '../dataset/manifest.js'
import type { ObjectStore } from '../storage/object-store.js'
import type { CountTokens } from './samples/count-tokens.js'
import { shardSamples } from './shard-samples.js'
import { openCatalog } from './snapshot-catalog.js'

/** What samples of one kind come to. */
export interface SampleSums {
  samples: number
  /** Samples in an epoch on average, by their weights. */
  in_epoch: number
  /** Of all targets. */
  tokens: number
  longest: number
}

/** What a snapshot gives for training. */
export interface FeedStats extends SampleSums {
  images: number
  /** Images that give no sample. */
  without_samples: number
  readonly tasks: Record<string, SampleSums>
  /** By the granularity of the text that they are made of; those that are made of regions are in none. */
  readonly granularities: Record<string, SampleSums>
  readonly splits: Record<string, SampleSums>
  /** Samples by the tokens of their target, by powers of two: `64` is up to 64. */
  readonly lengths: Record<string, number>
  /** What is in no sample, by task and reason: `OCR marker_in_text`. */
  readonly left_out: Record<string, number>
}

const noSamples: SampleSums = { samples: 0, in_epoch: 0, tokens: 0, longest: 0 }

/** Goes over a snapshot and adds its samples up; one shard is in memory at a time. */
export async function feedStats(
  store: ObjectStore,
  { run, round, options, countTokens, signal, onShard }: StatsOptions,
): Promise<FeedStats> {
  const { manifest, shards } = await openCatalog(store, { run, round }, { signal })
  const stats: FeedStats = {
    ...{ ...noSamples, images: 0, without_samples: 0 },
    ...{ tasks: {}, granularities: {}, splits: {}, lengths: {}, left_out: {} },
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
    for (const sample of samples) addSample(stats, sample, record.split)
  }
  for (const { task, reason } of left_out) count(stats.left_out, `${task} ${reason}`)
}

function addSample(stats: FeedStats, sample: Sample, split: string): void {
  addTo(stats, sample)
  addTo(sumsOf(stats.tasks, sample.task), sample)
  if (sample.granularity !== null) addTo(sumsOf(stats.granularities, sample.granularity), sample)
  addTo(sumsOf(stats.splits, split), sample)
  count(stats.lengths, String(2 ** Math.ceil(Math.log2(sample.target_tokens))))
}

function sumsOf(of: Record<string, SampleSums>, key: string): SampleSums {
  const sums = of[key] ?? { ...noSamples }
  of[key] = sums
  return sums
}

function addTo(sums: SampleSums, { target_tokens, weight }: Sample): void {
  sums.samples += 1
  sums.in_epoch += weight
  sums.tokens += target_tokens
  sums.longest = Math.max(sums.longest, target_tokens)
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1
}
