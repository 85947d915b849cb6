import type { AnnotationRow, PhraseRegionRow, RegionTextRow, TextRow } from '../../schemas/annotation.js'
import type { ImageRecord } from '../../schemas/image.js'
import type { ImageObservations, Observation } from '../../schemas/observation.js'
import type { RunPlan, SnapshotShard } from '../../schemas/run.js'
import { canonicalLabel } from '../../schemas/vocabularies/index.js'
import { observationsExist, readObservations } from '../dataset/observation-file.js'
import { rowsByImage } from '../dataset/rows-by-image.js'
import { readShardTable } from '../dataset/snapshot.js'
import type { TrueBox } from '../measure/index.js'
import type { HeldOutImage } from '../rounds/index.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import { type CocoTruth, imagesByName } from './coco-truth.js'
import { sourceKeys } from './observation-keys.js'

/** What is known of an image. */
export type Truths = Omit<HeldOutImage, 'image_id'>

/** What somebody knows of the images of a shard. */
export type TruthsOf = (image: Pick<ImageRecord, 'image_id' | 'source'>) => Truths

const unknown: Truths = { boxes: null, captions: [], phrases: [] }

/** What people said with the source; alternative texts of web pages are not meant as descriptions. */
export async function sourceTruths(
  store: ObjectStore,
  plan: RunPlan,
  { shard }: SnapshotShard,
  options: StoreOptions & { readonly signal: AbortSignal },
): Promise<TruthsOf> {
  const keys = new Map(sourceKeys(plan, shard))
  const read = async (annotator: 'source' | 'source_captions') => {
    const key = keys.get(annotator)
    if (key === undefined || !(await observationsExist(store, key, options))) return new Map<string, Said>()
    return byImage(await readObservations(store, key, options))
  }
  const [source, captions] = await Promise.all([read('source'), read('source_captions')])
  return ({ image_id }) => {
    const labels = source.get(image_id)
    return {
      ...unknown,
      boxes: labels === undefined ? null : labels.flatMap((seen) => labelledBox(image_id, seen)),
      // Sets packed before captions had an annotator of their own have them beside the boxes.
      captions: [...(labels ?? []), ...(captions.get(image_id) ?? [])].flatMap(captionText),
    }
  }
}

type Said = readonly Observation[]

function byImage(images: readonly ImageObservations[]): ReadonlyMap<string, Said> {
  return new Map(images.map(({ image_id, observations }) => [image_id, observations]))
}

function labelledBox(image: string, seen: Observation): TrueBox[] {
  if (seen.kind !== 'object') return []
  return [{ image, label: canonicalLabel(seen.label), box: seen.box, is_group: seen.is_group ?? false }]
}

function captionText(seen: Observation): string[] {
  return seen.kind === 'caption' ? [seen.text] : []
}

/** Boxes of a COCO file, for images that have the file names of its images. */
export function cocoTruths(coco: CocoTruth): TruthsOf {
  const named = imagesByName(coco)
  return (image) => {
    const found = named.find(image)
    if (found === undefined) return unknown
    return { ...unknown, boxes: (coco.boxes.get(found.id) ?? []).map((box) => ({ ...box, image: image.image_id })) }
  }
}

/**
 * What the snapshot agreed on, without what only a checkpoint says: it would be held against itself. Nothing is known of an
 * image without any row.
 */
export async function agreedTruths(store: ObjectStore, shard: SnapshotShard, options: StoreOptions): Promise<TruthsOf> {
  const [text, region_text, phrase_region] = await Promise.all([
    readShardTable(store, shard, 'text', options),
    readShardTable(store, shard, 'region_text', options),
    readShardTable(store, shard, 'phrase_region', options),
  ])
  const images = rowsByImage({ text, region_text, phrase_region, rejects: [] })
  return ({ image_id }) => {
    const rows = images.get(image_id)
    if (rows === undefined) return unknown
    const words = new Map(rows.text.map((row) => [row.text_id, row.text]))
    return {
      boxes: rows.region_text.filter(isAgreed).flatMap(agreedBox),
      captions: rows.text.filter(isAgreed).flatMap(briefText),
      phrases: rows.phrase_region.filter(isAgreed).map((row) => truePhrase(row, words.get(row.text_id) ?? '')),
    }
  }
}

function isAgreed({ rule }: AnnotationRow): boolean {
  return !rule.startsWith('round_')
}

function agreedBox({ image_id, kind, label, x1, y1, x2, y2, is_group }: RegionTextRow): TrueBox[] {
  if (kind !== 'object' || label === null) return []
  return [{ image: image_id, label: canonicalLabel(label), box: [x1, y1, x2, y2], is_group: is_group ?? false }]
}

function briefText({ granularity, text }: TextRow): string[] {
  return granularity === 'brief' ? [text] : []
}

function truePhrase({ start, end, x1, y1, x2, y2 }: PhraseRegionRow, text: string) {
  return { text, start, end, box: [x1, y1, x2, y2] as const }
}
