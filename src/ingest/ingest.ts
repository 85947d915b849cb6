import { availableParallelism } from 'node:os'
import { FldError } from '../../schemas/errors.js'
import type { ShardIntake } from '../../schemas/image.js'
import type { ImageSet } from '../../schemas/run.js'
import { shardName } from '../../schemas/store-layout.js'
import { readImageSet, writeImageSet } from '../dataset/image-set.js'
import { throwIfAborted } from '../storage/abort.js'
import { inOrder } from '../storage/in-order.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import type { CheckedImage } from './check-image.js'
import { type DuplicateIndex, openDuplicateIndex } from './duplicate-index.js'
import { type ExaminedItem, examineItem } from './examine-item.js'
import { type OpenShard, openShard, type ShardTarget } from './pack-shard.js'
import { countShard, packedShards } from './packed-shards.js'
import { labelDigest } from './set-name.js'
import type { IngestSettings } from './settings.js'
import type { ImageSource, SourceItem } from './sources/source.js'

export interface IngestProgress {
  /** Shard that is being filled. */
  readonly shard: string
  /** Files of the source looked at so far, those of an earlier, interrupted ingest included. */
  readonly seen: number
  readonly accepted: number
  readonly refused: number
  readonly ignored: number
}

export interface IngestOptions {
  readonly source: ImageSource
  readonly store: ObjectStore
  /** From `setName`. */
  readonly set: string
  readonly settings: IngestSettings
  /** Images that are read and decoded at once; one more than the machine's cores by default. */
  readonly concurrency?: number
  /** Where the index of duplicates lies while ingest runs; the system's temporary folder by default. */
  readonly work_folder?: string
  readonly onProgress?: (progress: IngestProgress) => void
  readonly signal?: AbortSignal | undefined
}

/** A shard that is complete in the store and can be annotated. */
export interface PackedShard extends ShardIntake {
  /** Digest of the source's labels of this shard; null where this kind of source cannot carry any. */
  readonly label_digest: string | null
  /** True where an earlier ingest had packed it. */
  readonly resumed: boolean
}

/** A shard is closed at this many refusals too, so that a source of nothing but bad files does not fill the memory. */
const refusalsPerShard = 4096

/** What one ingest carries along. */
interface IngestState {
  readonly options: IngestOptions
  readonly target: ShardTarget
  readonly duplicates: DuplicateIndex
  imageSet: ImageSet
  next_ordinal: number
}

function emptySet({ source, set, settings }: IngestOptions): ImageSet {
  return {
    set,
    source: source.uri,
    shard_size: settings.shard_size,
    shards: 0,
    images: 0,
    refused: {},
    near_duplicates: 0,
    ignored_files: 0,
    bytes: 0,
    label_digest: labelDigest(source, set),
  }
}

function refusedOf({ refused }: ImageSet): number {
  return Object.values(refused).reduce((sum, count) => sum + count, 0)
}

/** A manifest with a row per caption or box repeats its images: their labels belong together. */
function labelFate(shard: OpenShard, { labels }: SourceItem, image: CheckedImage): string {
  if (labels === null) return ''
  if (shard.joinLabels(labels, image)) return '; its labels joined those of that image'
  return '; its labels are left out: that image is in an earlier shard'
}

async function takeImage(state: IngestState, shard: OpenShard, item: SourceItem, image: CheckedImage): Promise<void> {
  const { sha256, phash } = image
  const same = await state.duplicates.findExact(sha256)
  if (same !== null) {
    const detail = `the same bytes as ${same.source} (image ${same.image_id})${labelFate(shard, item, image)}`
    shard.addRefusal(item, { kind: 'refused', reason: 'exact_duplicate', detail, sha256, bytes: image.encoded.length })
    return
  }
  const near = await state.duplicates.findNear(phash)
  const image_id = await shard.addImage(item, image, near)
  await state.duplicates.add({ image_id, source: item.source, sha256, phash })
}

async function take(state: IngestState, shard: OpenShard, { item, result }: ExaminedItem): Promise<void> {
  state.next_ordinal++
  if (result.kind === 'ignored') shard.addIgnored()
  else if (result.kind === 'refused') shard.addRefusal(item, result)
  else await takeImage(state, shard, item, result)
}

function report({ options, imageSet, next_ordinal }: IngestState, shard: OpenShard): void {
  options.onProgress?.({
    shard: shard.shard,
    seen: next_ordinal,
    accepted: imageSet.images + shard.images,
    refused: refusedOf(imageSet) + shard.refused,
    ignored: imageSet.ignored_files + shard.ignored,
  })
}

async function closeShard(state: IngestState, shard: OpenShard): Promise<PackedShard> {
  const intake = await shard.close(state.next_ordinal)
  state.imageSet = countShard(state.imageSet, intake)
  return { ...intake, label_digest: state.target.label_digest, resumed: false }
}

function isFull(shard: OpenShard, { shard_size }: IngestSettings): boolean {
  return shard.images >= shard_size || shard.refused >= refusalsPerShard
}

/** Goes on with the source where the complete shards end. */
async function* packRest(state: IngestState): AsyncGenerator<PackedShard, void, undefined> {
  const { source, settings, signal, concurrency = availableParallelism() + 1 } = state.options
  const items = source.items({ from: state.next_ordinal, limit: settings.max_bytes, signal })
  const work = (item: SourceItem) => examineItem(item, settings)
  let shard = openShard(state.target, shardName(state.imageSet.shards))
  try {
    for await (const examined of inOrder(items, { concurrency, work })) {
      throwIfAborted(signal, `packing ${source.uri}`)
      await take(state, shard, examined)
      report(state, shard)
      if (!isFull(shard, settings)) continue
      yield await closeShard(state, shard)
      shard = openShard(state.target, shardName(state.imageSet.shards))
    }
    if (shard.images + shard.refused > 0) yield await closeShard(state, shard)
    else state.imageSet = { ...state.imageSet, ignored_files: state.imageSet.ignored_files + shard.ignored }
  } finally {
    // Nothing to give up after a close; after an error, an abort or an early return the tar must not become visible.
    await shard.abandon()
  }
}

async function* packSet(options: IngestOptions): AsyncGenerator<PackedShard, ImageSet, undefined> {
  const { store, set, settings, signal } = options
  const label_digest = labelDigest(options.source, set)
  const duplicates = await openDuplicateIndex({ near_distance: settings.near_distance, folder: options.work_folder })
  const state: IngestState = {
    options,
    target: { store, set, label_digest, signal },
    duplicates,
    imageSet: emptySet(options),
    next_ordinal: 0,
  }
  try {
    for await (const intake of packedShards(store, set, { duplicates, ...storeOptions(signal) })) {
      state.imageSet = countShard(state.imageSet, intake)
      state.next_ordinal = intake.next_ordinal
      yield { ...intake, label_digest, resumed: true }
    }
    yield* packRest(state)
    await writeImageSet(store, state.imageSet, storeOptions(signal))
    return state.imageSet
  } finally {
    await duplicates.close()
  }
}

function storeOptions(signal: AbortSignal | undefined): StoreOptions {
  return signal === undefined ? {} : { signal }
}

/**
 * Packs a source into a set of the store and gives each shard as soon as it is complete, so that annotating can begin;
 * returns the set's record, which is written last. Takes no step before it is asked for the next shard.
 *
 * A set that is complete is only read. One that was interrupted goes on after its last complete shard and ends as if it
 * had never stopped: same bytes, same record. Throws FldError `source_invalid` for what is wrong with the source as a
 * whole, `run_conflict` for a set of another shard size, `aborted`, and the store's errors; never for a bad image.
 */
export async function* ingest(options: IngestOptions): AsyncGenerator<PackedShard, ImageSet, undefined> {
  const { store, set, settings, signal } = options
  const complete = await readImageSet(store, set, storeOptions(signal))
  if (complete === null) return yield* packSet(options)
  if (complete.shard_size !== settings.shard_size) {
    throw new FldError(
      'run_conflict',
      `${store.uri}: set ${set} has shards of ${complete.shard_size} images, not of ${settings.shard_size}`,
    )
  }
  return yield* packedSet(store, complete, storeOptions(signal))
}

/** The shards of a set that is complete, as `ingest` gives them, and its record: its source need not be there any more. */
export async function* packedSet(
  store: ObjectStore,
  complete: ImageSet,
  options: StoreOptions = {},
): AsyncGenerator<PackedShard, ImageSet, undefined> {
  for await (const intake of packedShards(store, complete.set, options)) {
    yield { ...intake, label_digest: complete.label_digest, resumed: true }
  }
  return complete
}
