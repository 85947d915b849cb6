import type { ShardAnnotations } from '../../schemas/annotation.js'
import { FldError } from '../../schemas/errors.js'
import type { ImageRecord } from '../../schemas/image.js'
import { type RunPlan, type ShardCommit, shardCommitSchema } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { readCommits } from '../dataset/committed-shards.js'
import { readImageIndex } from '../dataset/image-set.js'
import { readJsonIfPresent } from '../dataset/json-record.js'
import { readShardTable } from '../dataset/snapshot.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'

/** A committed shard with all its rows. */
export interface CommittedShard {
  readonly commit: ShardCommit
  readonly images: readonly ImageRecord[]
  readonly annotations: ShardAnnotations
}

/** All that a commit made visible of a shard. Throws FldError `run_missing` when the shard is not committed. */
export async function readCommittedShard(
  store: ObjectStore,
  place: { plan: RunPlan; round: number; shard: string },
  options: StoreOptions = {},
): Promise<CommittedShard> {
  const { plan, round, shard } = place
  const key = storeLayout.commit(plan.run, round, shard)
  const commit = await readJsonIfPresent(store, key, shardCommitSchema, options)
  if (!commit) throw new FldError('run_missing', `shard ${shard} of run "${plan.run}" is not committed`)
  const [images, text, region_text, phrase_region, rejects] = await Promise.all([
    readImageIndex(store, plan.set, shard, options),
    readShardTable(store, commit, 'text', options),
    readShardTable(store, commit, 'region_text', options),
    readShardTable(store, commit, 'phrase_region', options),
    readShardTable(store, commit, 'rejects', options),
  ])
  return { commit, images, annotations: { text, region_text, phrase_region, rejects } }
}

/**
 * The shard that holds an image, by its id or the beginning of it, among the committed shards of a round. Throws
 * FldError `run_missing` when there is none, `config_invalid` when several images begin so.
 */
export async function findImage(
  store: ObjectStore,
  place: { plan: RunPlan; round: number; image: string },
  options: StoreOptions = {},
): Promise<ImageRecord> {
  const { plan, round, image } = place
  const found: ImageRecord[] = []
  for await (const { shard } of readCommits(store, plan.run, round, options)) {
    const images = await readImageIndex(store, plan.set, shard, options)
    found.push(...images.filter(({ image_id }) => image_id.startsWith(image)))
  }
  const [only, ...more] = found
  if (!only) throw new FldError('run_missing', `no image "${image}" in the committed shards of run "${plan.run}"`)
  if (more.length === 0) return only
  const ids = found.slice(0, 5).map(({ image_id }) => image_id)
  throw new FldError('config_invalid', `${found.length} images begin with "${image}": ${ids.join(', ')}`)
}
