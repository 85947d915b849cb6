import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  MaskColumns,
  PhraseRegionRow,
  RegionTextRow,
  ShardAnnotations,
  TextRow,
} from '../../../schemas/annotation.js'
import { type ExportFormatName, type FeedOptions, feedOptionsSchema } from '../../../schemas/feed.js'
import { type ImageRecord, splitOf } from '../../../schemas/image.js'
import { compressRuns, maskRuns } from '../../../schemas/mask-rle.js'
import { commitShard } from '../../../src/dataset/commit.js'
import { readImageIndex } from '../../../src/dataset/image-set.js'
import { closeRound } from '../../../src/dataset/manifest.js'
import { type ExportSums, exportFormats, exportSnapshot } from '../../../src/feed/index.js'
import type { ObjectStore } from '../../../src/storage/object-store.js'
import { openStore } from '../../../src/storage/open-store.js'
import { picture } from '../../ingest/bad-images.js'
import { ingestAll } from '../../ingest/ingest-fixture.js'
import { phrase, region, text } from '../annotated-image.js'

/**
 * Of the objects of each image, in pixels, by where they are: the cat has a mask, a square in the middle of its box; the dogs are a
 * group, and in the first image one of them stands alone as well.
 */
export const boxes = { cat: [8, 8, 40, 40], dogs: [0, 0, 96, 64], dog: [60, 10, 90, 60] } as const
export const maskSide = 16
export const caption = '\u{1F600} A cat among dogs.'
export const detailed = 'A cat sits among dogs, all of which look the other way.'

/** A store with a closed round of three images in two shards: a JPEG, a JPEG that is stored on its side, a PNG of the split validation. */
export interface ExportedRun {
  readonly folder: string
  readonly store: ObjectStore
  readonly images: readonly ImageRecord[]
  remove(): Promise<void>
}

const run = 'exported'

export async function openExportedRun(): Promise<ExportedRun> {
  const folder = await mkdtemp(join(tmpdir(), 'fld-export-'))
  const photos = join(folder, 'photos')
  await mkdir(photos)
  await writeFile(join(photos, 'a.jpg'), await picture(1).jpeg().toBuffer())
  await writeFile(join(photos, 'b.jpg'), await picture(2).rotate(90).jpeg().withMetadata({ orientation: 8 }).toBuffer())
  await writeFile(join(photos, 'c.png'), await heldOut())
  const store = await openStore(join(folder, 'out'))
  const { set, shards } = await ingestAll(photos, store, { settings: { shard_size: 2 } })
  const images: ImageRecord[] = []
  for (const { shard } of shards) {
    const records = await readImageIndex(store, set.set, shard)
    images.push(...records)
    const commit = { run, round: 0, shard, attempt: 'a', annotations: rowsOf(records), images: records.length }
    await commitShard(store, { ...commit, refused: 0, absent: {} })
  }
  await closeRound(store, { run, round: 0, plan: 'digest', set: set.set, shards: shards.length })
  const remove = async () => {
    await store.close()
    await rm(folder, { recursive: true })
  }
  return { folder, store, images, remove }
}

/** The first picture whose hash puts it into the split validation. */
async function heldOut(): Promise<Buffer> {
  for (let seed = 100; ; seed++) {
    const png = await picture(seed).png().toBuffer()
    if (splitOf(createHash('sha256').update(png).digest('hex')) === 'validation') return png
  }
}

function rowsOf(images: readonly ImageRecord[]): ShardAnnotations {
  const rows: { text: TextRow[]; region_text: RegionTextRow[]; phrase_region: PhraseRegionRow[] } = {
    text: [],
    region_text: [],
    phrase_region: [],
  }
  for (const image of images) {
    const { image_id, shard } = image
    const own = { image_id, shard }
    const brief = { ...text('brief', caption), ...own, text_id: `${image_id}/brief0` }
    const cat = { ...region('o-cat', 'cat', [...boxes.cat], maskOf(image)), ...own, region_id: `${image_id}/o-cat` }
    const dogs = {
      ...region('o-dogs', 'dog', [...boxes.dogs], { is_group: true }),
      ...{ ...own, region_id: `${image_id}/o-dogs` },
    }
    rows.text.push(brief, { ...text('detailed', detailed), ...own, text_id: `${image_id}/detailed0` })
    rows.region_text.push(cat, dogs)
    if (image.source.endsWith('a.jpg')) {
      rows.region_text.push({ ...region('o-dog', 'dog', [...boxes.dog]), ...own, region_id: `${image_id}/o-dog` })
    }
    rows.phrase_region.push({ ...phrase(brief, 'A cat', cat), ...own }, { ...phrase(brief, 'dogs', dogs), ...own })
    rows.phrase_region.push({ ...phrase(brief, 'dogs', { ...dogs, region_id: `${image_id}/o-more`, x1: 50 }), ...own })
  }
  return { ...rows, rejects: [] }
}

function maskOf({ width, height }: ImageRecord): MaskColumns {
  const [left, top, right, bottom] = [16, 16, 16 + maskSide, 16 + maskSide]
  const data = new Uint8Array(maskSide * maskSide).fill(1)
  const runs = maskRuns({ width, height, left, top, columns: maskSide, rows: maskSide, data })
  return {
    polygon_points: [left, top, right, top, right, bottom, left, bottom],
    polygon_rings: [0],
    mask_rle: compressRuns(runs),
    mask_score: 0.9,
    mask_stability: 0.9,
  }
}

/** Exports the run; all splits unless the options say otherwise. */
export async function exportRun(
  { store }: Pick<ExportedRun, 'store'>,
  target: ObjectStore,
  { format, images = true, ...rest }: { format: ExportFormatName; images?: boolean; options?: Partial<FeedOptions> },
): Promise<ExportSums> {
  const layout = exportFormats[format]
  const options = feedOptionsSchema.parse({ splits: ['train', 'validation', 'test'], ...rest.options })
  return exportSnapshot({
    ...{ store, target, run, round: 0, options, images, format: { name: format, layout } },
    report: async () => '## What it amounts to',
    signal: new AbortController().signal,
    onShard: () => undefined,
  })
}
