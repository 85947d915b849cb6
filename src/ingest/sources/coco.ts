import { posix } from 'node:path'
import { FldError } from '../../../schemas/errors.js'
import { type CocoAnnotation, type CocoImage, type CocoIndex, openCocoIndex } from './coco-index.js'
import { folderOf, type Locations } from './locations.js'
import { type ManifestRow, manifestSource, type SignalOption } from './manifest.js'
import type { ImageSource, LabelledBox, SourceLabels } from './source.js'
import type { SourceFile } from './source-file.js'

/** One annotation's box from COCO's [x, y, width, height], a crowd as a group; a string says why there is none. */
function readBox({ bbox, category_id, iscrowd }: CocoAnnotation, index: CocoIndex): LabelledBox | string {
  const numbers = Array.isArray(bbox) ? bbox.filter((each) => typeof each === 'number' && Number.isFinite(each)) : []
  const [x, y, width, height] = numbers
  if (x === undefined || y === undefined || width === undefined || height === undefined || numbers.length !== 4) {
    return 'boxes without four numbers left out'
  }
  const label = category_id === undefined ? undefined : index.category(category_id)
  if (label === undefined) return 'boxes of unknown categories left out'
  const group = iscrowd === true || iscrowd === 1 ? { is_group: true as const } : {}
  return { label, box: [x, y, x + width, y + height], ...group }
}

async function readLabels(image: CocoImage, index: CocoIndex): Promise<SourceLabels> {
  const boxes: LabelledBox[] = []
  const captions: string[] = []
  const left = new Map<string, number>()
  for await (const annotation of index.annotations(image)) {
    if (typeof annotation.caption === 'string') captions.push(annotation.caption)
    if (annotation.bbox === undefined) continue
    const box = readBox(annotation, index)
    if (typeof box === 'string') left.set(box, (left.get(box) ?? 0) + 1)
    else boxes.push(box)
  }
  const { width, height } = image
  return {
    boxes: index.hasBoxes ? boxes : null,
    captions,
    alt_text: null,
    drawn_on: width === undefined || height === undefined ? null : { width, height },
    notes: [...left].map(([reason, count]) => `${reason}: ${count}`),
  }
}

/** Where COCO images usually lie beside their annotations, the split's name being in the file's or in `coco_url`. */
function candidateFolders(file: SourceFile, image: CocoImage): string[] {
  const folder = folderOf(file.uri)
  const parent = folderOf(folder)
  const split = /^(?:[a-z_]+_)?([^_]+)\.json$/i.exec(file.name)?.[1] ?? 'images'
  const published = image.coco_url === undefined ? split : posix.basename(posix.dirname(image.coco_url))
  const places = ['', `/${split}`, `/${published}`, '/images', `/images/${split}`]
  return [...new Set([folder, parent].flatMap((start) => places.map((place) => `${start}${place}`)))]
}

const imagesTried = 8

async function findFolder(
  { file, index, locations }: { file: SourceFile; index: CocoIndex; locations: Locations },
  { signal }: SignalOption,
): Promise<string> {
  const tried = new Set<string>()
  let seen = 0
  for await (const image of index.images()) {
    if (seen++ === imagesTried) break
    for (const folder of candidateFolders(file, image)) {
      tried.add(folder)
      const found = await locations
        .reference(folder, image.file_name)
        .then((each) => each.head({ signal }))
        .catch((error: unknown) => {
          if (error instanceof FldError && error.code === 'image_refused') return null
          throw error
        })
      if (found !== null) return folder
    }
  }
  const list = [...tried].join(', ')
  throw new FldError('source_invalid', `${file.uri}: found none of its first images in ${list}; name their folder`)
}

/**
 * A COCO annotation file: `instances_*.json` (boxes), `captions_*.json` (captions) or one with both. Its images are looked
 * for in `image_folder`, or else beside the file and in the usual places around it. A crowd is one box around many. An
 * image without annotations counts as labelled: the file says there is nothing, of objects only where it has categories or
 * boxes at all.
 */
export function cocoSource(options: {
  file: SourceFile
  locations: Locations
  image_folder?: string | undefined
  work_folder?: string | undefined
}): ImageSource {
  const { file, locations } = options
  let opened: Promise<CocoIndex> | null = null
  let found: Promise<string> | null = null

  function open(signal: AbortSignal | undefined): Promise<CocoIndex> {
    opened ??= openCocoIndex({ file, work_folder: options.work_folder, signal }).catch((error: unknown) => {
      opened = null
      throw error
    })
    return opened
  }
  async function* rows({ signal }: SignalOption): AsyncGenerator<ManifestRow, void, undefined> {
    const index = await open(signal)
    for await (const image of index.images()) {
      yield { reference: image.file_name, labels: await readLabels(image, index) }
    }
  }
  async function search(signal: SignalOption): Promise<string> {
    const index = await open(signal.signal)
    found ??= findFolder({ file, index, locations }, signal).catch((error: unknown) => {
      found = null
      throw error
    })
    return found
  }
  return manifestSource({
    kind: 'coco',
    uri: file.uri,
    labelled: true,
    locations,
    rows,
    folder: async (signal) => options.image_folder ?? search(signal),
    close: async () => (await opened)?.close(),
  })
}
