import type { FeedOptions, LeftOut, Sample } from '../../schemas/feed.js'
import type { ImageRecord } from '../../schemas/image.js'
import { readImageIndex } from '../dataset/image-set.js'
import { rowsByImage } from '../dataset/rows-by-image.js'
import { readShardTable, type VisibleShard } from '../dataset/snapshot.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import type { AnnotatedImage } from './samples/annotated-image.js'
import { atMostTokens, type CountTokens } from './samples/count-tokens.js'
import { imageSamples } from './samples/image-samples.js'

/** The samples of a shard, image by image in the order of its tar. */
export interface ShardSamples {
  readonly images: readonly { readonly record: ImageRecord; readonly samples: readonly Sample[] }[]
  readonly left_out: readonly LeftOut[]
}

/** Reads a shard of a snapshot and makes its samples; images themselves are not read. All rows of it are in memory. */
export async function shardSamples(
  store: ObjectStore,
  { set, shard, options, countTokens = atMostTokens }: ShardToFeed,
  storeOptions: StoreOptions = {},
): Promise<ShardSamples> {
  const left_out: LeftOut[] = []
  const images = (await annotatedImages(store, { set, shard }, storeOptions)).map((annotated) => {
    const made = imageSamples(annotated, { options, countTokens })
    left_out.push(...made.left_out)
    return { record: annotated.image, samples: made.samples }
  })
  return { images, left_out }
}

/** The images of a shard with their rows, in the order of its tar. */
export async function annotatedImages(
  store: ObjectStore,
  { set, shard }: Pick<ShardToFeed, 'set' | 'shard'>,
  options: StoreOptions = {},
): Promise<AnnotatedImage[]> {
  const [records, text, region_text, phrase_region] = await Promise.all([
    readImageIndex(store, set, shard.shard, options),
    readShardTable(store, shard, 'text', options),
    readShardTable(store, shard, 'region_text', options),
    readShardTable(store, shard, 'phrase_region', options),
  ])
  const rows = rowsByImage({ text, region_text, phrase_region, rejects: [] })
  return records.map((image) => {
    const { text: texts = [], region_text: regions = [], phrase_region: phrases = [] } = rows.get(image.image_id) ?? {}
    return { image, text: texts, region_text: regions, phrase_region: phrases }
  })
}

/** A shard of a snapshot, and how samples are made of it. */
export interface ShardToFeed {
  readonly set: string
  readonly shard: VisibleShard
  readonly options: FeedOptions
  readonly countTokens?: CountTokens
}
