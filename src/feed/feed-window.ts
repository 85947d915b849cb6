import type { Sample } from '../../schemas/feed.js'
import type { ImageRecord } from '../../schemas/image.js'
import type { SnapshotShard } from '../../schemas/run.js'
import { readShardImages, type ShardImages } from '../dataset/shard-images.js'
import { inOrder } from '../storage/in-order.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { type EpochKey, windowOrder } from './order/epoch-order.js'
import type { ShardSamples } from './shard-samples.js'

/** A sample of a window and the way to its image. */
export interface FeedEntry {
  readonly sample: Sample
  readonly image: ImageRecord
  /** The image as it was packed, checked against its sha256: never write to it. */
  readonly encoded: () => Promise<Uint8Array>
}

/** A few shards of an epoch, whose samples are shuffled together. */
export interface FeedWindow {
  /** Indices into `entries`: position after position; one entry may come several times, or never. */
  readonly order: Uint32Array
  readonly entries: readonly FeedEntry[]
  /** Has the images of all its shards fetched at once, where they may be held, instead of each at its first demand. */
  readonly fetchImages: () => void
}

/** What windows are loaded from. */
export interface WindowSource {
  readonly store: ObjectStore
  readonly set: string
  readonly shard: (index: number, options: StoreOptions) => Promise<SnapshotShard>
  readonly samples: (shard: SnapshotShard, options: StoreOptions) => Promise<Pick<ShardSamples, 'images'>>
  /** A longer tar is read image by image instead of being held. */
  readonly maxTarBytes: number
}

/** Shards that are read at a time: their tables are in memory whole. */
const shardsAtHand = 2

/** Loads the samples of some shards, by their indices, and shuffles them. Images are fetched when they are asked for. */
export async function loadWindow(
  source: WindowSource,
  { shards, ...key }: EpochKey & { window: number; shards: Iterable<number> },
  options: StoreOptions,
): Promise<FeedWindow> {
  const work = async (index: number) => shardEntries(source, await source.shard(index, options), options)
  const entries: FeedEntry[] = []
  for await (const some of inOrder(shards, { concurrency: shardsAtHand, work })) {
    for (const entry of some) entries.push(entry)
  }
  const order = windowOrder(
    entries.map(({ sample }) => sample),
    key,
  )
  return { order, entries, fetchImages: onceForEachShard(entries) }
}

/** Asks for the first image of each shard: its tar comes with it. Whoever asks again hears of a failure. */
function onceForEachShard(entries: readonly FeedEntry[]): () => void {
  let asked = false
  return () => {
    if (asked) return
    asked = true
    const shards = new Set<string>()
    for (const { image, encoded } of entries) {
      if (shards.has(image.shard)) continue
      shards.add(image.shard)
      encoded().catch(() => undefined)
    }
  }
}

async function shardEntries(source: WindowSource, shard: SnapshotShard, options: StoreOptions): Promise<FeedEntry[]> {
  const { images } = await source.samples(shard, options)
  const encodedImage = shardImageReader(source, shard, options)
  return images.flatMap(({ record: image, samples }) => {
    const encoded = () => encodedImage(image)
    return samples.map((sample) => ({ sample, image, encoded }))
  })
}

/** Opens the shard's images at the first demand: readers without images never do. */
function shardImageReader(
  { store, set, maxTarBytes }: WindowSource,
  { shard }: SnapshotShard,
  options: StoreOptions,
): (image: ImageRecord) => Promise<Uint8Array> {
  let opening: Promise<ShardImages> | null = null
  const open = () => {
    opening ??= readShardImages(store, set, shard, { ...options, maxTarBytes }).catch((error: unknown) => {
      // The next demand tries again.
      opening = null
      throw error
    })
    return opening
  }
  return async (image) => (await open()).encoded(image)
}
