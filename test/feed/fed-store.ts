import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RegionTextRow, ShardAnnotations, TextRow } from '../../schemas/annotation.js'
import type { ImageRecord } from '../../schemas/image.js'
import { type RunPlan, runPlanSchema } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { commitShard } from '../../src/dataset/commit.js'
import { readImageIndex } from '../../src/dataset/image-set.js'
import { putJson } from '../../src/dataset/json-record.js'
import { closeRound } from '../../src/dataset/manifest.js'
import type { ObjectStore } from '../../src/storage/object-store.js'
import { openStore } from '../../src/storage/open-store.js'
import { picture } from '../ingest/bad-images.js'
import { ingestAll } from '../ingest/ingest-fixture.js'

const shared = { round: 0, support: ['picodet', 'yolox'], votes: 2, score: 0.75, rule: 'votes', checkpoints: null }

function textOf({ image_id, shard }: ImageRecord, granularity: TextRow['granularity']): TextRow {
  return {
    ...{ ...shared, image_id, shard, text_id: `${image_id}-${granularity}`, granularity },
    ...{ text: `A ${granularity} text about ${image_id}.`, tokens: 5, objects: null, attributes: null, actions: null },
    ...{ proper_nouns: null, object_complexity: null, action_complexity: null, similarity: null, labels: null },
    unsupported_labels: null,
  }
}

function regionOf({ image_id, shard, width, height }: ImageRecord, label: string, part: number): RegionTextRow {
  return {
    ...{ ...shared, image_id, shard, region_id: `${image_id}-${label}`, kind: 'object', label, alternatives: [] },
    ...{ x1: 0, y1: 0, x2: width * part, y2: height * part, quad: null, phrase: label, brief_text: null },
    ...{
      noun_chunks: [],
      chosen_text: label,
      chosen_from: 'phrase',
      similarity: null,
      dispersion: 0.1,
      is_group: false,
    },
    ...{ polygon_points: null, polygon_rings: null, mask_rle: null, mask_score: null, mask_stability: null },
  }
}

/** Each image has a brief text, a dog and a cat; every second one a detailed text. */
function annotationsOf(images: readonly ImageRecord[]): ShardAnnotations {
  const text = images.flatMap((image, index) =>
    index % 2 === 0 ? [textOf(image, 'brief')] : [textOf(image, 'brief'), textOf(image, 'detailed')],
  )
  const region_text = images.flatMap((image) => [regionOf(image, 'cat', 0.5), regionOf(image, 'dog', 0.9)])
  return { text, region_text, phrase_region: [], rejects: [] }
}

/** A store with one closed round of a run. */
export interface FedStore {
  readonly folder: string
  readonly out: string
  readonly store: ObjectStore
  readonly run: string
  readonly set: string
  remove(): Promise<void>
}

/** Ingests so many pictures (PNGs of `width` x 64 waves), annotates and commits them, and closes the round. */
export async function openFedStore({
  images,
  shardSize,
  width = 96,
  run = 'fed',
}: {
  images: number
  shardSize: number
  width?: number
  run?: string
}): Promise<FedStore> {
  const folder = await mkdtemp(join(tmpdir(), 'fld-feed-'))
  await mkdir(join(folder, 'photos'))
  for (let index = 0; index < images; index++) {
    const path = join(folder, 'photos', `${String(index).padStart(4, '0')}.png`)
    await writeFile(path, await picture(index, width, 64).png({ compressionLevel: 0 }).toBuffer())
  }
  const out = join(folder, 'out')
  const store = await openStore(out)
  const set = await feedStore(store, { photos: join(folder, 'photos'), shardSize, run })
  const remove = async () => {
    await store.close()
    await rm(folder, { recursive: true })
  }
  return { folder, out, store, run, set, remove }
}

/** Ingests a folder of pictures, annotates and commits them, and closes round 0 of a run; the set. */
export async function feedStore(
  store: ObjectStore,
  { photos, shardSize, run }: { photos: string; shardSize: number; run: string },
): Promise<string> {
  const { set, shards } = await ingestAll(photos, store, { settings: { shard_size: shardSize } })
  for (const { shard } of shards) await commitAttempt(store, { run, set: set.set, shard })
  await putJson(store, storeLayout.runPlan(run), planOf(run, set.set))
  await closeRound(store, { run, round: 0, plan: 'digest', set: set.set, shards: shards.length })
  return set.set
}

async function commitAttempt(store: ObjectStore, { run, set, shard }: { run: string; set: string; shard: string }) {
  const images = await readImageIndex(store, set, shard)
  const annotations = annotationsOf(images)
  const attempt = { run, round: 0, shard, attempt: 'a', annotations, images: images.length, refused: 0, absent: {} }
  await commitShard(store, attempt)
}

/** The plan of a run that nobody was asked in: the fixture commits its rows itself. */
function planOf(run: string, set: string): RunPlan {
  const pipeline = { name: 'made-up', stages: [{ name: 'objects', annotators: ['starter/nanodet'] }] }
  const made = { created_at: new Date().toISOString(), version: '0', digest: 'none' }
  return runPlanSchema.parse({ ...made, run, set, source: 'photos', label_digest: null, pipeline, annotators: [] })
}
