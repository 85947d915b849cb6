import type { ImageRecord, RefusedImage, ShardIntake } from '../../schemas/image.js'
import { imageIdOf, splitOf } from '../../schemas/image.js'
import { sourceAnnotators } from '../../schemas/source-annotators.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { writeImageIndex, writeRefusedImages } from '../dataset/image-set.js'
import { putJson } from '../dataset/json-record.js'
import { writeObservations } from '../dataset/observation-file.js'
import type { ObjectStore } from '../storage/object-store.js'
import type { CheckedImage, Refusal } from './check-image.js'
import { extensionOf } from './file-extension.js'
import { openShardTar, type ShardTar } from './shard-tar.js'
import { addObservations, noObservations, type ShardSays, sourceObservations } from './source-observations.js'
import type { SourceItem, SourceLabels } from './sources/source.js'

/** A shard that is being filled. */
export interface OpenShard {
  readonly shard: string
  readonly images: number
  readonly refused: number
  readonly ignored: number
  /** Gives the image's id. */
  addImage(item: SourceItem, image: CheckedImage, near_duplicate_of: string | null): Promise<string>
  addRefusal(item: SourceItem, refusal: Refusal): void
  /** Adds what another row of the source says about an image of this shard; false when the image is not in it. */
  joinLabels(labels: SourceLabels, image: CheckedImage): boolean
  addIgnored(): void
  /** Writes everything, the index last: a shard with an index is complete. */
  close(next_ordinal: number): Promise<ShardIntake>
  /** Gives it up; no index is written. */
  abandon(): Promise<void>
}

export interface ShardTarget {
  readonly store: ObjectStore
  readonly set: string
  /** Digest under which the source's labels are stored; null where it has none. */
  readonly label_digest: string | null
  readonly signal?: AbortSignal | undefined
}

interface ShardContents {
  readonly shard: string
  readonly records: ImageRecord[]
  readonly refused: RefusedImage[]
  readonly said: ShardSays
  ignored_files: number
}

function intakeOf({ shard, records, refused, said, ignored_files }: ShardContents, next_ordinal: number): ShardIntake {
  const counts: Record<string, number> = {}
  for (const { reason } of refused) counts[reason] = (counts[reason] ?? 0) + 1
  return {
    shard,
    next_ordinal,
    images: records.length,
    bytes: records.reduce((sum, record) => sum + record.bytes, 0),
    near_duplicates: records.filter((record) => record.near_duplicate_of !== null).length,
    refused: counts,
    ignored_files,
    labelled_images: new Set(Object.values(said).flatMap((images) => images.map(({ image_id }) => image_id))).size,
  }
}

async function writeContents(target: ShardTarget, contents: ShardContents, intake: ShardIntake): Promise<void> {
  const { store, set, label_digest, signal } = target
  const { shard, said, refused, records } = contents
  const options = signal === undefined ? {} : { signal }
  for (const { annotator } of sourceAnnotators) {
    if (label_digest === null) break
    // Of each a file, though it be of nothing: one that is missing later is known to be gone.
    const metadata = { 'fld.annotator': annotator, 'fld.digest': label_digest, 'fld.set': set }
    const key = storeLayout.observations(set, annotator, label_digest, shard)
    await writeObservations(store, key, said[annotator], { ...options, metadata })
  }
  await writeRefusedImages(store, set, shard, refused, options)
  await putJson(store, storeLayout.shardIntake(set, shard), intake, options)
  await writeImageIndex(store, set, shard, records, options)
}

/** Adds labels to those of an image that the shard has; false when it has no such image. */
function joinLabels(
  { records, said }: ShardContents,
  { label_digest }: ShardTarget,
  { labels, image }: { labels: SourceLabels; image: CheckedImage },
): boolean {
  const image_id = imageIdOf(image.sha256)
  const record = records.find((each) => each.image_id === image_id)
  if (record === undefined) return false
  if (label_digest === null) return true
  const told = sourceObservations(labels, image)
  record.notes.push(...told.notes)
  addObservations(said, image_id, told.said)
  return true
}

/** Begins a shard. Images go to its tar as they come; only their records stay in memory. */
export function openShard(target: ShardTarget, shard: string): OpenShard {
  const contents: ShardContents = { shard, records: [], refused: [], said: noObservations(), ignored_files: 0 }
  let tar: ShardTar | null = null

  /** Keeps the source's labels of an image; the notes say what of them could not be used. */
  function addLabels(item: SourceItem, image_id: string, image: CheckedImage): readonly string[] {
    if (item.labels === null || target.label_digest === null) return []
    const { said, notes } = sourceObservations(item.labels, image)
    addObservations(contents.said, image_id, said)
    return notes
  }

  return {
    shard,
    get images() {
      return contents.records.length
    },
    get refused() {
      return contents.refused.length
    },
    get ignored() {
      return contents.ignored_files
    },
    async addImage(item, image, near_duplicate_of) {
      tar ??= openShardTar({ ...target, key: storeLayout.imageTar(target.set, shard) })
      const { encoded, sha256, phash, width, height, format } = image
      const image_id = imageIdOf(sha256)
      const tar_offset = await tar.append(`${image_id}${extensionOf(format)}`, encoded)
      contents.records.push({
        image_id,
        shard,
        source: item.source,
        sha256,
        phash,
        near_duplicate_of,
        width,
        height,
        format,
        bytes: encoded.byteLength,
        split: splitOf(sha256),
        notes: [...image.notes, ...addLabels(item, image_id, image)],
        tar_offset,
      })
      return image_id
    },
    joinLabels: (labels, image) => joinLabels(contents, target, { labels, image }),
    addRefusal(item, { reason, detail, sha256, bytes }) {
      contents.refused.push({ source: item.source, shard, reason, detail, sha256, bytes })
    },
    addIgnored() {
      contents.ignored_files++
    },
    async close(next_ordinal) {
      tar ??= openShardTar({ ...target, key: storeLayout.imageTar(target.set, shard) })
      await tar.finish()
      const intake = intakeOf(contents, next_ordinal)
      await writeContents(target, contents, intake)
      return intake
    },
    abandon: async () => tar?.abandon(),
  }
}
