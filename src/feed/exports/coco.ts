import type { RegionTextRow } from '../../../schemas/annotation.js'
import type { ImageRecord, Split } from '../../../schemas/image.js'
import { decompressRuns } from '../../../schemas/mask-rle.js'
import { categoryOf } from '../samples/object-drafts.js'
import {
  type ExportFormat,
  type ImageToExport,
  imageFiles,
  imageName,
  type SnapshotToExport,
  textBytes,
  type WholeFile,
} from './export-format.js'
import { snapshotLabels } from './snapshot-labels.js'

/**
 * COCO's files: `annotations/instances_<split>.json`, `annotations/captions_<split>.json` with brief texts, as COCO's own are, and
 * `captions_detailed_<split>.json` with all longer ones; images in a folder for each split.
 */
export const coco: ExportFormat = {
  of: 'rows',
  reading: () =>
    "Boxes are COCO's `[x, y, width, height]` in pixels, masks compressed run lengths. An object that nobody segmented has no `segmentation`, and its area is that of its box: leave those out where masks are trained or scored. `iscrowd` marks groups; `score` and `region_id` are those of the rows. Ids count from 1 within this export.",
  shardFiles: imageFiles,
  async *wholeFiles(snapshot) {
    const labels = await snapshotLabels(snapshot, ({ region_text }) =>
      region_text.filter(({ kind }) => kind === 'object'),
    )
    const categories = labels.map((name, index) => ({ id: index + 1, name, supercategory: 'object' }))
    const numbers = new Map(categories.map(({ id, name }) => [name, id]))
    const instances = ({ annotated }: ImageToExport) =>
      annotated.region_text
        .filter(({ kind }) => kind === 'object')
        .map((row) => instance(row, annotated.image, numbers))
    for (const split of snapshot.splits) {
      yield cocoFile(`annotations/instances_${split}.json`, { snapshot, split, categories, annotations: instances })
      yield cocoFile(`annotations/captions_${split}.json`, { snapshot, split, annotations: captions(true) })
      yield cocoFile(`annotations/captions_detailed_${split}.json`, { snapshot, split, annotations: captions(false) })
    }
  },
}

/** The texts of an image that are brief, or all others. */
function captions(brief: boolean): (image: ImageToExport) => object[] {
  return ({ annotated }) =>
    annotated.text
      .filter(({ granularity }) => (granularity === 'brief') === brief)
      .map(({ text, granularity, text_id }) => ({ caption: text, granularity, text_id }))
}

/** Without a mask the area is the box's. */
function instance(row: RegionTextRow, { width, height }: ImageRecord, numbers: ReadonlyMap<string, number>): object {
  const { x1, y1, x2, y2, mask_rle, score, is_group } = row
  return {
    category_id: numbers.get(categoryOf(row)),
    bbox: [x1, y1, x2 - x1, y2 - y1],
    area: mask_rle === null ? (x2 - x1) * (y2 - y1) : maskArea(mask_rle),
    iscrowd: is_group === true ? 1 : 0,
    ...(mask_rle === null ? {} : { segmentation: { size: [height, width], counts: mask_rle } }),
    ...{ score, region_id: row.region_id },
  }
}

/** Every second run is foreground. */
function maskArea(rle: string): number {
  return decompressRuns(rle).reduce((sum, run, index) => sum + (index % 2 === 1 ? run : 0), 0)
}

interface CocoFile {
  readonly snapshot: SnapshotToExport
  readonly split: Split
  readonly categories?: readonly object[]
  readonly annotations: (image: ImageToExport) => readonly object[]
}

/** Two passes, so that neither images nor annotations are held: both are numbered from 1 in the order of the shards. */
function cocoFile(key: string, { snapshot, split, categories, annotations }: CocoFile): WholeFile {
  async function* images(): AsyncGenerator<ImageToExport, void, undefined> {
    for await (const shard of snapshot.shards()) {
      yield* shard.images.filter(({ annotated }) => annotated.image.split === split)
    }
  }
  return {
    key,
    async *chunks() {
      yield textBytes('{"info":{"description":"fld"},"licenses":[]')
      if (categories !== undefined) yield textBytes(`,"categories":${JSON.stringify(categories)}`)
      yield textBytes(',"images":[')
      let number = 0
      for await (const { annotated } of images()) {
        const { image } = annotated
        number += 1
        const { width, height, image_id } = image
        const line = { id: number, file_name: imageName(image), width, height, image_id }
        yield textBytes(`${number === 1 ? '' : ','}\n${JSON.stringify(line)}`)
      }
      yield textBytes('],"annotations":[')
      let [of, id] = [0, 0]
      for await (const image of images()) {
        of += 1
        for (const annotation of annotations(image)) {
          id += 1
          yield textBytes(`${id === 1 ? '' : ','}\n${JSON.stringify({ id, image_id: of, ...annotation })}`)
        }
      }
      yield textBytes(']}\n')
    },
  }
}
