import type { RegionTextRow } from '../../../schemas/annotation.js'
import { categoryOf, singleObjects } from '../samples/object-drafts.js'
import { type ExportFormat, type ImageToExport, imageFiles, imageName, jsonLines, textBytes } from './export-format.js'
import { snapshotLabels } from './snapshot-labels.js'

/**
 * The JSON Lines that GroundingDINO's open trainers (Open-GroundingDino, MMDetection) read: a line of detection for each image
 * with objects, and a line of grounding for each text with phrases; `label_map.json` names the detection's labels.
 */
export const odvg: ExportFormat = {
  shardFiles: imageFiles,
  async *wholeFiles(snapshot) {
    const labels = await snapshotLabels(snapshot)
    const numbers = new Map(labels.map((label, index) => [label, index]))
    const map = Object.fromEntries(labels.map((label, index) => [String(index), label]))
    const text = `${JSON.stringify(map)}\n`
    async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
      yield textBytes(text)
    }
    yield { key: 'label_map.json', chunks }
    for (const split of snapshot.splits) {
      const lines = (image: ImageToExport) => [...detection(image, numbers), ...grounding(image)]
      yield jsonLines(`${split}/annotations.odvg.jsonl`, split, { snapshot, lines })
    }
  },
}

function place({ annotated: { image } }: ImageToExport) {
  return { filename: imageName(image), height: image.height, width: image.width }
}

function detection(image: ImageToExport, numbers: ReadonlyMap<string, number>): object[] {
  const objects = singleObjects(image.annotated)
  if (objects.length === 0) return []
  const instances = objects.map((row: RegionTextRow) => {
    const category = categoryOf(row)
    return { bbox: [row.x1, row.y1, row.x2, row.y2], label: numbers.get(category), category }
  })
  return [{ ...place(image), detection: { instances } }]
}

/** A phrase with several boxes has them in one list. */
function grounding(image: ImageToExport): object[] {
  const { text, phrase_region } = image.annotated
  return text.flatMap(({ text_id, text: caption }) => {
    const phrases = new Map<string, { phrase: string; boxes: number[][] }>()
    for (const { text_id: of, start, phrase, x1, y1, x2, y2 } of phrase_region) {
      if (of !== text_id) continue
      const known = phrases.get(`${start} ${phrase}`) ?? { phrase, boxes: [] }
      known.boxes.push([x1, y1, x2, y2])
      phrases.set(`${start} ${phrase}`, known)
    }
    if (phrases.size === 0) return []
    const regions = [...phrases.values()].map(({ phrase, boxes }) => ({
      phrase,
      bbox: boxes.length === 1 ? boxes[0] : boxes,
    }))
    return [{ ...place(image), grounding: { caption, regions } }]
  })
}
