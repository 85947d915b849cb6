import type { AnnotationRow, PhraseRegionRow, RegionTextRow, TextRow } from '../../schemas/annotation.js'
import { FldError } from '../../schemas/errors.js'
import type { GateRecord } from '../../schemas/gate.js'
import type { ImageRecord, Split } from '../../schemas/image.js'
import type { ObservationKind } from '../../schemas/observation.js'
import type { Manifest, RunPlan, SnapshotShard } from '../../schemas/run.js'
import { canonicalLabel } from '../../schemas/vocabularies/index.js'
import type { DecidedSoFar } from '../consensus/index.js'
import { manifestShards } from '../dataset/manifest.js'
import { observationsExist, readObservations } from '../dataset/observation-file.js'
import { readShardImages } from '../dataset/shard-images.js'
import { readShardTable } from '../dataset/snapshot.js'
import type { HeldOutImage } from '../rounds/index.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { sourceKeys } from './observation-keys.js'
import { shownBefore } from './shown-before.js'

/** A held-out image with what it is measured against, what a checkpoint is shown of it, and the way to its bytes. */
export interface ImageToGate {
  readonly record: ImageRecord
  readonly truth: HeldOutImage
  readonly shown: DecidedSoFar
  encoded(): Promise<Uint8Array>
}

/** Images to gate, and what their truths are. */
export interface ImagesToGate {
  readonly images: readonly ImageToGate[]
  readonly basis: GateRecord['basis']
}

/** Which images of which snapshot. */
export interface HeldOut {
  readonly plan: RunPlan
  readonly manifest: Manifest
  readonly splits: readonly Split[]
  readonly limit: number
}

/**
 * The first `limit` images of a snapshot whose split is asked for, in the order of its shards; their rows are in memory, their
 * bytes are not. The source's own boxes and captions are the truth where any of these images has them, else the committed rows.
 * Throws FldError `source_invalid` where no image of these splits is there.
 */
export async function heldOutImages(
  store: ObjectStore,
  { plan, manifest, splits, limit }: HeldOut,
  options: StoreOptions & { readonly signal: AbortSignal },
): Promise<ImagesToGate> {
  const found: FoundImage[] = []
  for await (const shard of manifestShards(store, manifest, options)) {
    if (found.length >= limit) break
    found.push(...(await imagesOfShard(store, { plan, shard, splits, limit: limit - found.length }, options)))
  }
  if (found.length === 0) {
    const message = `run "${plan.run}" has no image of the splits ${splits.join(', ')}: about 2 in 100 images are held out, by their hash`
    throw new FldError('source_invalid', message)
  }
  const labelled = {
    objects: found.some(({ labels }) => labels.boxes.length > 0),
    captions: found.some(({ labels }) => labels.captions.length > 0),
  }
  const images = found.map(({ labels, agreed, ...image }): ImageToGate => {
    const truth = {
      image_id: image.record.image_id,
      boxes: labelled.objects ? labels.boxes : agreed.boxes,
      captions: labelled.captions ? labels.captions : agreed.captions,
      phrases: agreed.phrases,
    }
    return { ...image, truth }
  })
  const basis = (known: boolean) => (known ? 'labels' : 'agreement')
  return { images, basis: { objects: basis(labelled.objects), captions: basis(labelled.captions) } }
}

type Truths = Omit<HeldOutImage, 'image_id'>

interface FoundImage extends Omit<ImageToGate, 'truth'> {
  readonly labels: Truths
  readonly agreed: Truths
}

async function imagesOfShard(
  store: ObjectStore,
  { plan, shard, splits, limit }: Omit<HeldOut, 'manifest'> & { readonly shard: SnapshotShard },
  options: StoreOptions & { readonly signal: AbortSignal },
): Promise<FoundImage[]> {
  const opened = await readShardImages(store, plan.set, shard.shard, options)
  const records = opened.images.filter(({ split }) => splits.includes(split)).slice(0, limit)
  if (records.length === 0) return []
  const shown = await shownBefore(store, shard, options)
  const [labels, agreed] = [await labelsOf(store, plan, shard, options), await agreedOf(store, shard, options)]
  return records.map((record) => ({
    record,
    shown: shown.get(record.image_id) ?? { regions: [], texts: [], regionTexts: [] },
    encoded: () => opened.encoded(record),
    labels: labels(record.image_id),
    agreed: agreed(record.image_id),
  }))
}

/** What people said with the source. */
async function labelsOf(
  store: ObjectStore,
  plan: RunPlan,
  { shard }: SnapshotShard,
  options: StoreOptions & { readonly signal: AbortSignal },
): Promise<(image_id: string) => Truths> {
  const keys = sourceKeys(plan, shard).filter(([annotator]) => annotator !== 'alt_text')
  const files = await Promise.all(
    keys.map(async ([, key]) =>
      (await observationsExist(store, key, options)) ? readObservations(store, key, options) : [],
    ),
  )
  const said = files.flat()
  const of = <Kind extends ObservationKind>(image_id: string, kind: Kind) =>
    said
      .filter((image) => image.image_id === image_id)
      .flatMap(({ observations }) => observations.flatMap((seen) => (seen.kind === kind ? [seen] : [])))
  return (image_id) => ({
    boxes: of(image_id, 'object').flatMap((seen) =>
      seen.kind === 'object'
        ? [{ image: image_id, label: canonicalLabel(seen.label), box: seen.box, is_group: seen.is_group ?? false }]
        : [],
    ),
    captions: of(image_id, 'caption').flatMap((seen) => (seen.kind === 'caption' ? [seen.text] : [])),
    phrases: [],
  })
}

/** What the snapshot agreed on, without what only a checkpoint says: it would be held against itself. */
async function agreedOf(
  store: ObjectStore,
  shard: SnapshotShard,
  options: StoreOptions,
): Promise<(image_id: string) => Truths> {
  const [regions, texts, triplets] = await Promise.all([
    readShardTable(store, shard, 'region_text', options),
    readShardTable(store, shard, 'text', options),
    readShardTable(store, shard, 'phrase_region', options),
  ])
  const words = new Map(texts.map((row) => [row.text_id, row.text]))
  const own = <Row extends AnnotationRow>(rows: readonly Row[], image_id: string) =>
    rows.filter((row) => row.image_id === image_id && !row.rule.startsWith('round_'))
  return (image_id) => ({
    boxes: own(regions, image_id).flatMap((row) => trueBox(row)),
    captions: own(texts, image_id).flatMap((row) => brief(row)),
    phrases: own(triplets, image_id).map((row) => truePhrase(row, words.get(row.text_id) ?? '')),
  })
}

function trueBox({ image_id, kind, label, x1, y1, x2, y2, is_group }: RegionTextRow) {
  if (kind !== 'object' || label === null) return []
  return [
    { image: image_id, label: canonicalLabel(label), box: [x1, y1, x2, y2] as const, is_group: is_group ?? false },
  ]
}

function brief({ granularity, text }: TextRow): string[] {
  return granularity === 'brief' ? [text] : []
}

function truePhrase({ start, end, x1, y1, x2, y2 }: PhraseRegionRow, text: string) {
  return { text, start, end, box: [x1, y1, x2, y2] as const }
}
