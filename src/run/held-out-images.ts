import { FldError } from '../../schemas/errors.js'
import type { GateRecord } from '../../schemas/gate.js'
import type { ImageRecord, Split } from '../../schemas/image.js'
import type { Manifest, RunPlan, SnapshotShard } from '../../schemas/run.js'
import type { DecidedSoFar } from '../consensus/index.js'
import { manifestShards } from '../dataset/manifest.js'
import { readShardImages } from '../dataset/shard-images.js'
import type { HeldOutImage } from '../rounds/index.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import type { CocoTruth } from './coco-truth.js'
import { agreedTruths, cocoTruths, sourceTruths, type Truths, type TruthsOf } from './held-out-truths.js'
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
  /** Boxes from elsewhere, images found by file name; null for the source's own. */
  readonly truth: { readonly coco: CocoTruth; readonly path: string } | null
}

/**
 * The first `limit` images of a snapshot whose split is asked for, in the order of its shards; their rows are in memory, their
 * bytes are not. Labels are the truth where any of these images has them, else the committed rows: of boxes and of captions
 * each. Throws FldError `source_invalid` where no image of these splits is there, or a truth that was given knows none.
 */
export async function heldOutImages(
  store: ObjectStore,
  held: HeldOut,
  options: StoreOptions & { readonly signal: AbortSignal },
): Promise<ImagesToGate> {
  const found: FoundImage[] = []
  const given = held.truth === null ? null : cocoTruths(held.truth.coco)
  for await (const shard of manifestShards(store, held.manifest, options)) {
    if (found.length >= held.limit) break
    const wanted = { plan: held.plan, shard, splits: held.splits, limit: held.limit - found.length, given }
    found.push(...(await imagesOfShard(store, wanted, options)))
  }
  const labelled = {
    objects: found.some(({ labels }) => labels.boxes !== null),
    captions: found.some(({ labels }) => labels.captions.length > 0),
  }
  checkFound(held, found.length, labelled.objects)
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

function checkFound({ plan, splits, truth }: HeldOut, images: number, labelled: boolean): void {
  const of = `of the splits ${splits.join(', ')}`
  if (images === 0) {
    const message = `run "${plan.run}" has no image ${of}: about 2 in 100 images are held out, by their hash`
    throw new FldError('source_invalid', message, { details: { run: plan.run } })
  }
  if (truth === null || labelled) return
  const message = `${truth.path} knows none of the ${images} images ${of} of run "${plan.run}": its images are found by their file names`
  throw new FldError('source_invalid', message, { details: { run: plan.run, images } })
}

interface FoundImage extends Omit<ImageToGate, 'truth'> {
  readonly labels: Truths
  readonly agreed: Truths
}

interface WantedOfShard extends Pick<HeldOut, 'plan' | 'splits' | 'limit'> {
  readonly shard: SnapshotShard
  readonly given: TruthsOf | null
}

async function imagesOfShard(
  store: ObjectStore,
  { plan, shard, splits, limit, given }: WantedOfShard,
  options: StoreOptions & { readonly signal: AbortSignal },
): Promise<FoundImage[]> {
  const opened = await readShardImages(store, plan.set, shard.shard, options)
  const records = opened.images.filter(({ split }) => splits.includes(split)).slice(0, limit)
  if (records.length === 0) return []
  const [shown, source, agreed] = await Promise.all([
    shownBefore(store, shard, options),
    sourceTruths(store, plan, shard, options),
    agreedTruths(store, shard, options),
  ])
  return records.map((record) => ({
    record,
    shown: shown.get(record.image_id) ?? { regions: [], texts: [], regionTexts: [] },
    encoded: () => opened.encoded(record),
    labels: given === null ? source(record) : { ...source(record), boxes: given(record).boxes },
    agreed: agreed(record),
  }))
}
