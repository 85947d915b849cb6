import { createHash } from 'node:crypto'
import { type ImageRecord, imageIdOf, type ShardIntake, splitOf } from '../../../schemas/image.js'
import type { ImageSet } from '../../../schemas/run.js'
import { shardName, storeLayout } from '../../../schemas/store-layout.js'
import { imageTable } from '../../../schemas/tables.js'
import { encodeTable } from '../../../src/dataset/encode-table.js'

/** A set that nobody packed: its records are made when they are asked for. */
export interface MadeUpSet {
  readonly set: string
  readonly shards: number
  /** Images of each shard. */
  readonly images: number
}

/** The bytes of a record of the set by its key; null for a key that is none of the set's. */
export function madeUpObject(set: MadeUpSet, key: string): Uint8Array | null {
  if (key === storeLayout.imageSet(set.set)) return encoded(imageSet(set))
  const [, shard = '', kind] = /^images\/[^/]+\/(\d{6})\.(parquet|(?:intake|refused)\.json)$/.exec(key) ?? []
  if (kind === undefined || shard >= shardName(set.shards)) return null
  if (key === storeLayout.refusedImages(set.set, shard)) return encoded([])
  if (key === storeLayout.shardIntake(set.set, shard)) return encoded(intake(set, shard))
  if (key !== storeLayout.imageIndex(set.set, shard)) return null
  const metadata = { 'fld.set': set.set, 'fld.shard': shard }
  return encodeTable(imageTable, imageRecords(set, shard), { metadata })
}

function encoded(record: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record))
}

function imageSet({ set, shards, images }: MadeUpSet): ImageSet {
  return {
    ...{ set, source: 'made up', shard_size: images, shards, images: shards * images, refused: {} },
    ...{ near_duplicates: 0, ignored_files: 0, bytes: shards * images, label_digest: null },
  }
}

function intake({ images }: MadeUpSet, shard: string): ShardIntake {
  return {
    ...{ shard, next_ordinal: (Number(shard) + 1) * images, images, bytes: images, near_duplicates: 0 },
    ...{ refused: {}, ignored_files: 0, labelled_images: 0 },
  }
}

function imageRecords({ images }: MadeUpSet, shard: string): ImageRecord[] {
  return Array.from({ length: images }, (_, index) => {
    const sha256 = createHash('sha256').update(`${shard}/${index}`).digest('hex')
    return {
      ...{ image_id: imageIdOf(sha256), shard, source: `${shard}/${index}.jpg`, sha256, phash: sha256.slice(0, 16) },
      ...{ near_duplicate_of: null, width: 640, height: 480, format: 'jpeg', bytes: 1, split: splitOf(sha256) },
      ...{ notes: [], tar_offset: index },
    } satisfies ImageRecord
  }).sort((a, b) => (a.image_id < b.image_id ? -1 : 1))
}
