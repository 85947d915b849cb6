import { categoryOf, singleObjects } from '../samples/object-drafts.js'
import { type ExportFormat, type ImageToExport, imageFiles, imageName, jsonLines, textBytes } from './export-format.js'
import { snapshotLabels } from './snapshot-labels.js'

/**
 * The JSON Lines that open trainers of GroundingDINO read, one kind of line to a file, for they look for one kind only:
 * `<split>/detection.odvg.jsonl`, a line for each image with objects, whose labels `label_map.json` names, and
 * `<split>/grounding.odvg.jsonl`, a line for each text with phrases. Keys: Open-GroundingDino's datasets/odvg.py and
 * MMDetection's mmdet/datasets/odvg.py.
 */
export const odvg: ExportFormat = {
  of: 'rows',
  reading: () =>
    'Boxes are `[x1, y1, x2, y2]` in pixels. `<split>/detection.odvg.jsonl` has a line for each image with single objects, whose labels `label_map.json` names; `<split>/grounding.odvg.jsonl` one for each text with phrases, and their places in it in characters. An image without single objects has no line in the first, nor has one in which something stands in groups alone, for trainers take what a line does not name for what is not there. All images are there.',
  shardFiles: imageFiles,
  async *wholeFiles(snapshot) {
    const labels = await snapshotLabels(snapshot, singleObjects)
    const numbers = new Map(labels.map((label, index) => [label, index]))
    const map = Object.fromEntries(labels.map((label, index) => [String(index), label]))
    yield { key: 'label_map.json', chunks: () => once(`${JSON.stringify(map)}\n`) }
    for (const split of snapshot.splits) {
      const detections = { snapshot, lines: (image: ImageToExport) => detection(image, numbers) }
      yield jsonLines(`${split}/detection.odvg.jsonl`, split, detections)
      yield jsonLines(`${split}/grounding.odvg.jsonl`, split, { snapshot, lines: grounding })
    }
  },
}

async function* once(text: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield textBytes(text)
}

function file({ annotated: { image } }: ImageToExport) {
  return { filename: imageName(image), height: image.height, width: image.width }
}

/**
 * None of an image in which something stands in groups alone: a trainer that draws labels which a line has not for what is not to
 * be found would take it for such.
 */
function detection(image: ImageToExport, numbers: ReadonlyMap<string, number>): object[] {
  const objects = singleObjects(image.annotated)
  const single = new Set(objects.map(categoryOf))
  const grouped = image.annotated.region_text.some(
    (row) => row.kind === 'object' && row.is_group === true && !single.has(categoryOf(row)),
  )
  if (objects.length === 0 || grouped) return []
  const instances = objects.map((row) => {
    const category = categoryOf(row)
    return { bbox: [row.x1, row.y1, row.x2, row.y2], label: numbers.get(category), category }
  })
  return [{ ...file(image), detection: { instances } }]
}

/**
 * A region for each box, for one of the trainers takes no list of them, with the place of its phrase in the caption: in
 * characters as Python counts them.
 */
function grounding(image: ImageToExport): object[] {
  const { text, phrase_region } = image.annotated
  return text.flatMap(({ text_id, text: caption }) => {
    const place = (units: number) => [...caption.slice(0, units)].length
    const regions = phrase_region
      .filter((row) => row.text_id === text_id)
      .map(({ phrase, start, end, x1, y1, x2, y2 }) => ({
        phrase,
        bbox: [x1, y1, x2, y2],
        tokens_positive: [[place(start), place(end)]],
      }))
    return regions.length === 0 ? [] : [{ ...file(image), grounding: { caption, regions } }]
  })
}
