import { createHash } from 'node:crypto'
import { FldError } from '../../../schemas/errors.js'
import type { FeedOptions } from '../../../schemas/feed.js'
import { type Split, splits } from '../../../schemas/image.js'
import type { SnapshotShard } from '../../../schemas/run.js'
import { putJson } from '../../dataset/json-record.js'
import { manifestShards } from '../../dataset/manifest.js'
import { readShardImages } from '../../dataset/shard-images.js'
import type { ObjectStore, StoreOptions } from '../../storage/object-store.js'
import type { AnnotatedImage } from '../samples/annotated-image.js'
import type { CountTokens } from '../samples/count-tokens.js'
import { atMostTokens } from '../samples/count-tokens.js'
import { imageSamples } from '../samples/image-samples.js'
import { annotatedImages } from '../shard-samples.js'
import { openCatalog, type SnapshotCatalog } from '../snapshot-catalog.js'
import { datasetCard } from './dataset-card.js'
import {
  type ExportFile,
  type ExportFormat,
  type ImageToExport,
  type ShardToExport,
  type SnapshotToExport,
  textBytes,
} from './export-format.js'
import { claimPlace, clearPlace, type ExportedPart, exportLayout, writtenPart } from './export-place.js'
import { uprightImage } from './upright-image.js'

const wholeKey = '_fld/export.json'

export interface ExportOptions {
  readonly store: ObjectStore
  /** Where it is written to. */
  readonly target: ObjectStore
  readonly run: string
  readonly round: number
  readonly format: { readonly name: string; readonly layout: ExportFormat }
  readonly options: FeedOptions
  readonly countTokens?: CountTokens | undefined
  /** Whether the images themselves are written. */
  readonly images: boolean
  /** What the run amounts to, in Markdown, for the dataset card; no card without it. */
  readonly report?: () => Promise<string>
  readonly signal: AbortSignal
  readonly onShard: (done: number, of: number) => void
}

/** What an export came to. */
export interface ExportSums {
  images: number
  /** Images of each split that has any. */
  readonly splits: Partial<Record<Split, number>>
  /** 0 where the format is of rows. */
  samples: number
  files: number
  bytes: number
  /** Files that this call wrote; 0 where all was there. */
  written: number
}

/**
 * Writes a snapshot for a consumer. Shard by shard, each file whole; what an earlier call wrote and is there is not written
 * again, so that one that was killed is gone on with by the same call and a finished one writes nothing. Throws FldError
 * `config_invalid` where something else lies in the place or there is nothing to export, `run_missing` where the round is
 * not closed.
 */
export async function exportSnapshot(asked: ExportOptions): Promise<ExportSums> {
  const { store, target, run, round, format, images, signal } = asked
  const catalog = await openCatalog(store, { run, round }, { signal })
  const options = { ...asked.options, splits: inOrder(asked.options.splits) }
  const of = { run, round, snapshot: catalog.digest, options, images }
  checkOutside(store, target)
  await claimPlace(target, { layout: exportLayout, format: format.name, ...of }, { signal })
  const sums: ExportSums = { images: 0, splits: {}, samples: 0, files: 0, bytes: 0, written: 0 }
  let done = 0
  for await (const shard of manifestShards(store, catalog.manifest, { signal })) {
    add(sums, await exportShard(asked, catalog, { shard, sums }))
    done += 1
    asked.onShard(done, catalog.shards)
  }
  if (sums.images === 0 || (format.layout.of === 'samples' && sums.samples === 0)) {
    await clearPlace(target, { signal })
    throw nothing(asked, sums)
  }
  add(sums, await exportWhole(asked, catalog, sums))
  return sums
}

/** A store holds what its layout says and nothing else. */
function checkOutside(store: ObjectStore, target: ObjectStore): void {
  if (!`${target.uri}/`.startsWith(`${store.uri}/`)) return
  throw new FldError(
    'config_invalid',
    `${target.uri} lies in the store ${store.uri}: an export wants a place of its own`,
  )
}

function nothing({ run, round, options }: ExportOptions, { images }: ExportSums): FldError {
  const of = `of round ${round} of run "${run}"`
  const splits = options.splits.join(', ')
  const what =
    images === 0
      ? `no image ${of} is of the splits ${splits}`
      : `the ${images} images ${of} in the splits ${splits} give no sample of these tasks (fld feed stats ${run})`
  return new FldError('config_invalid', `${what}: there is nothing to export`)
}

async function exportShard(
  asked: ExportOptions,
  { manifest }: SnapshotCatalog,
  { shard, sums }: { shard: SnapshotShard; sums: ExportSums },
): Promise<ExportedPart> {
  const { target, format, signal } = asked
  const key = `_fld/${shard.shard}.json`
  const there = await writtenPart(target, key, { signal })
  if (there !== null) return there
  const opened = await openShard(asked, manifest.set, shard)
  const files: ExportedPart['files'] = []
  for await (const file of format.layout.shardFiles(opened, { images: asked.images })) {
    files.push(await write(target, file, { signal }))
    sums.written += 1
  }
  const images: ExportedPart['images'] = {}
  for (const { annotated } of opened.images) images[annotated.image.split] = (images[annotated.image.split] ?? 0) + 1
  const counted = format.layout.of === 'samples' ? opened.images : []
  const samples = counted.reduce((sum, image) => sum + image.samples.length, 0)
  const part = { images, samples, files }
  await putJson(target, key, part, { signal })
  return part
}

async function openShard(asked: ExportOptions, set: string, shard: SnapshotShard): Promise<ShardToExport> {
  const { store, options, countTokens = atMostTokens, signal } = asked
  const opened = await readShardImages(store, set, shard.shard, { signal })
  const annotated = await annotatedImages(store, { set, shard }, { signal })
  const images = annotated
    .filter(({ image }) => options.splits.includes(image.split))
    .map((each) => imageToExport(each, { options, countTokens, encoded: () => opened.encoded(each.image) }))
  return { shard: shard.shard, images }
}

/** Samples are made when a format asks for them: those of detections need none. */
function imageToExport(
  annotated: AnnotatedImage,
  { encoded, ...making }: { options: FeedOptions; countTokens: CountTokens; encoded: () => Promise<Uint8Array> },
): ImageToExport {
  let samples: ImageToExport['samples'] | undefined
  return {
    annotated,
    get samples() {
      samples ??= imageSamples(annotated, making).samples
      return samples
    },
    encoded: async () => uprightImage(await encoded()),
  }
}

async function write(target: ObjectStore, { key, body }: ExportFile, options: StoreOptions) {
  await target.put(key, body, options)
  return { key, bytes: body.byteLength, sha256: createHash('sha256').update(body).digest('hex') }
}

/** The files over all shards, the card, and the record that closes the export. */
async function exportWhole(asked: ExportOptions, catalog: SnapshotCatalog, sums: ExportSums): Promise<ExportedPart> {
  const { target, format, signal } = asked
  const there = await writtenPart(target, wholeKey, { signal })
  if (there !== null) return there
  const present = inOrder(asked.options.splits).filter((split) => sums.splits[split] !== undefined)
  const files: ExportedPart['files'] = []
  for await (const { key, chunks } of format.layout.wholeFiles(snapshotOf(asked, catalog, present))) {
    files.push(await stream(target, { key, chunks }, { signal }))
    sums.written += 1
  }
  if (asked.report !== undefined) {
    const card = datasetCard({ ...asked, splits: present, report: await asked.report() })
    files.push(await write(target, { key: 'README.md', body: textBytes(card) }, { signal }))
    sums.written += 1
  }
  const part = { images: {}, samples: 0, files }
  await putJson(target, wholeKey, part, { signal })
  return part
}

/** Each split once, however they were asked for. */
function inOrder(asked: readonly Split[]): Split[] {
  return splits.filter((split) => asked.includes(split))
}

function snapshotOf(asked: ExportOptions, { manifest }: SnapshotCatalog, present: readonly Split[]): SnapshotToExport {
  return {
    splits: present,
    async *shards() {
      for await (const shard of manifestShards(asked.store, manifest, { signal: asked.signal })) {
        yield await openShard(asked, manifest.set, shard)
      }
    },
    async bytesOf(key) {
      const info = await asked.target.head(key, { signal: asked.signal })
      if (info !== null) return info.bytes
      throw new FldError('store_missing', `${asked.target.uri}: ${key} was written and is gone`)
    },
  }
}

async function stream(
  target: ObjectStore,
  { key, chunks }: { key: string; chunks: () => AsyncIterable<Uint8Array> },
  options: StoreOptions,
) {
  const hash = createHash('sha256')
  let bytes = 0
  async function* counted(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of chunks()) {
      hash.update(chunk)
      bytes += chunk.byteLength
      yield chunk
    }
  }
  await target.putStream(key, counted(), options)
  return { key, bytes, sha256: hash.digest('hex') }
}

function add(sums: ExportSums, { images, samples, files }: ExportedPart): void {
  for (const split of splits) {
    const count = images[split]
    if (count === undefined) continue
    sums.images += count
    sums.splits[split] = (sums.splits[split] ?? 0) + count
  }
  sums.samples += samples
  sums.files += files.length
  sums.bytes += files.reduce((sum, { bytes }) => sum + bytes, 0)
}
