import { createHash } from 'node:crypto'
import { z } from 'zod'
import { FldError } from '../../../schemas/errors.js'
import { type FeedOptions, feedOptionsSchema } from '../../../schemas/feed.js'
import type { SnapshotShard } from '../../../schemas/run.js'
import { putJson, putJsonIfAbsent, readJson, readJsonIfPresent } from '../../dataset/json-record.js'
import { manifestShards } from '../../dataset/manifest.js'
import { readShardImages } from '../../dataset/shard-images.js'
import type { ObjectStore, StoreOptions } from '../../storage/object-store.js'
import type { CountTokens } from '../samples/count-tokens.js'
import { atMostTokens } from '../samples/count-tokens.js'
import { imageSamples } from '../samples/image-samples.js'
import { annotatedImages } from '../shard-samples.js'
import { openCatalog, type SnapshotCatalog } from '../snapshot-catalog.js'
import type { ExportFile, ExportFormat, ShardToExport, SnapshotToExport } from './export-format.js'
import { uprightImage } from './upright-image.js'

/** What an export is of: two that differ in any of it never share a folder. */
const exportIdentitySchema = z.object({
  format: z.string(),
  run: z.string(),
  round: z.number().int(),
  /** The first 16 hex digits of the sha256 of the snapshot's manifest. */
  snapshot: z.string(),
  options: feedOptionsSchema,
  images: z.boolean(),
})
export type ExportIdentity = z.infer<typeof exportIdentitySchema>

const exportedFileSchema = z.object({ key: z.string(), bytes: z.number().int(), sha256: z.string() })
/** `_fld/<shard>.json`, and `_fld/export.json` for the files over all shards: written when the files it names are there. */
const exportedPartSchema = z.object({
  images: z.number().int(),
  samples: z.number().int(),
  files: z.array(exportedFileSchema),
})
type ExportedPart = z.infer<typeof exportedPartSchema>

const identityKey = '_fld/identity.json'
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
  /** Of a dataset card, README.md; none without it. */
  readonly card?: string
  readonly signal: AbortSignal
  readonly onShard: (done: number, of: number) => void
}

/** What an export came to. */
export interface ExportSums {
  images: number
  samples: number
  files: number
  bytes: number
  /** Files that this call wrote; 0 where all was there. */
  written: number
}

/**
 * Writes a snapshot for a consumer. Shard by shard, each file whole; what an earlier call wrote is not written again, so that
 * one that was killed is gone on with by the same call and a finished one writes nothing. Throws FldError `config_invalid`
 * where something else was exported to the same place, `run_missing` where the round is not closed.
 */
export async function exportSnapshot(asked: ExportOptions): Promise<ExportSums> {
  const { store, target, run, round, format, images, signal } = asked
  const catalog = await openCatalog(store, { run, round }, { signal })
  const identity = { format: format.name, run, round, snapshot: catalog.digest, options: asked.options, images }
  await claim(target, identity, { signal })
  const sums: ExportSums = { images: 0, samples: 0, files: 0, bytes: 0, written: 0 }
  let done = 0
  for await (const shard of manifestShards(store, catalog.manifest, { signal })) {
    add(sums, await exportShard(asked, catalog, { shard, sums }))
    done += 1
    asked.onShard(done, catalog.shards)
  }
  add(sums, await exportWhole(asked, catalog, sums))
  return sums
}

/** The place belongs to whoever writes its identity first. */
async function claim(target: ObjectStore, identity: ExportIdentity, options: StoreOptions): Promise<void> {
  if (await putJsonIfAbsent(target, identityKey, identity, options)) return
  const there = await readJson(target, identityKey, exportIdentitySchema, options)
  const differing = Object.entries(identity).filter(
    ([key, value]) => JSON.stringify(Reflect.get(there, key)) !== JSON.stringify(value),
  )
  if (differing.length === 0) return
  const what = differing.map(
    ([key, value]) => `${key}: ${JSON.stringify(Reflect.get(there, key))} there, ${JSON.stringify(value)} asked for`,
  )
  throw new FldError('config_invalid', `${target.uri} holds another export (${what.join('; ')}); choose another place`)
}

async function exportShard(
  asked: ExportOptions,
  { manifest }: SnapshotCatalog,
  { shard, sums }: { shard: SnapshotShard; sums: ExportSums },
): Promise<ExportedPart> {
  const { target, format, signal } = asked
  const key = `_fld/${shard.shard}.json`
  const there = await readJsonIfPresent(target, key, exportedPartSchema, { signal })
  if (there !== null) return there
  const opened = await openShard(asked, manifest.set, shard)
  const files: ExportedPart['files'] = []
  for await (const file of format.layout.shardFiles(opened, { images: asked.images })) {
    files.push(await write(target, file, { signal }))
    sums.written += 1
  }
  const samples = opened.images.reduce((sum, image) => sum + image.samples.length, 0)
  const part = { images: opened.images.length, samples, files }
  await putJson(target, key, part, { signal })
  return part
}

async function openShard(asked: ExportOptions, set: string, shard: SnapshotShard): Promise<ShardToExport> {
  const { store, options, countTokens = atMostTokens, signal } = asked
  const opened = await readShardImages(store, set, shard.shard, { signal })
  const annotated = await annotatedImages(store, { set, shard }, { signal })
  const images = annotated
    .filter(({ image }) => options.splits.includes(image.split))
    .map((each) => ({
      annotated: each,
      samples: imageSamples(each, { options, countTokens }).samples,
      encoded: async () => uprightImage(await opened.encoded(each.image)),
    }))
  return { shard: shard.shard, images }
}

async function write(target: ObjectStore, { key, body }: ExportFile, options: StoreOptions) {
  await target.put(key, body, options)
  return { key, bytes: body.byteLength, sha256: createHash('sha256').update(body).digest('hex') }
}

/** The files over all shards, the card, and the record that closes the export. */
async function exportWhole(asked: ExportOptions, catalog: SnapshotCatalog, sums: ExportSums): Promise<ExportedPart> {
  const { target, format, signal } = asked
  const there = await readJsonIfPresent(target, wholeKey, exportedPartSchema, { signal })
  if (there !== null) return there
  const files: ExportedPart['files'] = []
  for await (const { key, chunks } of format.layout.wholeFiles(snapshotOf(asked, catalog))) {
    files.push(await stream(target, { key, chunks }, { signal }))
    sums.written += 1
  }
  if (asked.card !== undefined) {
    files.push(await write(target, { key: 'README.md', body: new TextEncoder().encode(asked.card) }, { signal }))
    sums.written += 1
  }
  const part = { images: 0, samples: 0, files }
  await putJson(target, wholeKey, part, { signal })
  return part
}

function snapshotOf(asked: ExportOptions, { manifest }: SnapshotCatalog): SnapshotToExport {
  return {
    splits: asked.options.splits,
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
  sums.images += images
  sums.samples += samples
  sums.files += files.length
  sums.bytes += files.reduce((sum, { bytes }) => sum + bytes, 0)
}
