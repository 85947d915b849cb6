import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { errorMessage, FldError } from '../../schemas/errors.js'
import type { Box } from '../../schemas/geometry.js'
import type { ImageRecord } from '../../schemas/image.js'
import { canonicalLabel } from '../../schemas/vocabularies/index.js'
import type { TrueBox, Truth } from '../measure/index.js'

const number = z.number()
const identifier = z.union([number, z.string()])
const cocoSchema = z.object({
  images: z.array(
    z.object({
      id: identifier,
      file_name: z.string(),
      width: number.optional(),
      height: number.optional(),
      part: z.string().optional(),
    }),
  ),
  categories: z.array(z.object({ id: identifier, name: z.string() })),
  annotations: z.array(
    z.object({
      image_id: identifier,
      category_id: identifier,
      /** x y width height, in pixels. */
      bbox: z.tuple([number, number, number, number]),
      area: number.optional(),
      iscrowd: z.union([number, z.boolean()]).optional(),
    }),
  ),
})

/** COCO's own are numbers; other tools write texts. */
export type CocoId = number | string

/** A COCO file of boxes, under canonical labels. */
export interface CocoTruth {
  /** In the order of their ids. Width and height in pixels; `part` is a name for some images; each where the file tells it. */
  readonly images: readonly {
    readonly id: CocoId
    readonly file_name: string
    readonly width?: number | undefined
    readonly height?: number | undefined
    readonly part?: string | undefined
  }[]
  /** Category id by canonical label. */
  readonly categories: ReadonlyMap<string, CocoId>
  /** By image id. */
  readonly boxes: ReadonlyMap<CocoId, readonly Omit<TrueBox, 'image'>[]>
}

/** Reads a COCO file of boxes (`instances_*.json`), whole. Throws FldError `source_invalid` naming the file and what is wrong. */
export async function readCocoTruth(path: string, options: { signal?: AbortSignal } = {}): Promise<CocoTruth> {
  const { images, categories, annotations } = await parseFile(path, options)
  const labels = new Map(categories.map(({ id, name }) => [id, canonicalLabel(name)]))
  const boxes = new Map<CocoId, Omit<TrueBox, 'image'>[]>()
  for (const { image_id, category_id, bbox, area, iscrowd } of annotations) {
    const label = labels.get(category_id)
    const [x, y, width, height] = bbox
    if (label === undefined || width <= 0 || height <= 0) continue
    const box: Box = [x, y, x + width, y + height]
    const known = { label, box, is_group: Boolean(iscrowd), ...(area === undefined ? {} : { area }) }
    const others = boxes.get(image_id)
    if (others === undefined) boxes.set(image_id, [known])
    else others.push(known)
  }
  return {
    images: images.sort((a, b) => compareIds(a.id, b.id)),
    categories: new Map([...labels].map(([id, label]) => [label, id])),
    boxes,
  }
}

function compareIds(a: CocoId, b: CocoId): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : `${a}` < `${b}` ? -1 : 1
}

async function parseFile(path: string, options: { signal?: AbortSignal }): Promise<z.infer<typeof cocoSchema>> {
  let content: unknown
  try {
    content = JSON.parse(await readFile(path, { encoding: 'utf8', ...options }))
  } catch (cause) {
    throw new FldError('source_invalid', `cannot read the COCO file ${path}: ${errorMessage(cause)}`, { cause })
  }
  const parsed = cocoSchema.safeParse(content)
  if (parsed.success) return parsed.data
  const message = `${path} is no COCO file of boxes: ${faultsText(parsed.error)}${captionsHint(content)}`
  throw new FldError('source_invalid', message, { cause: parsed.error })
}

/** Faults that are named: the same one of every annotation is one. */
const faultsNamed = 4

/** What is wrong, on one line: the same fault of many members is told once, with how many have it. */
function faultsText({ issues }: z.ZodError): string {
  const times = new Map<string, number>()
  for (const { path, message } of issues) {
    const place = path.map((part) => (typeof part === 'number' ? '[]' : `.${String(part)}`)).join('')
    const fault = `${place.replace(/^[.]/, '') || 'the file'}: ${message}`
    times.set(fault, (times.get(fault) ?? 0) + 1)
  }
  const named = [...times]
    .slice(0, faultsNamed)
    .map(([fault, count]) => (count === 1 ? fault : `${fault} (${count} times)`))
  const more = times.size - named.length
  return `${named.join('; ')}${more > 0 ? `; and ${more} other faults` : ''}`
}

const captionsSchema = z.object({ annotations: z.array(z.object({ caption: z.string() })).min(1) })

function captionsHint(content: unknown): string {
  return captionsSchema.safeParse(content).success
    ? '. It has captions and no boxes: COCO keeps boxes in instances_*.json'
    : ''
}

/** What a COCO file says about images that go by other names, by its ids. */
export function truthOf({ categories, boxes }: CocoTruth, nameOf: ReadonlyMap<CocoId, string>): Truth {
  return {
    images: [...nameOf.values()],
    labels: new Set(categories.keys()),
    boxes: [...nameOf].flatMap(([id, image]) => (boxes.get(id) ?? []).map((box) => ({ ...box, image }))),
  }
}

type CocoImage = CocoTruth['images'][number]

/** The images of a COCO file, for images that lie elsewhere. */
export interface ImagesByName {
  /** The one of the same file name. Throws FldError `source_invalid` where another image of that name was asked for before. */
  find(image: Pick<ImageRecord, 'image_id' | 'source'>): CocoImage | undefined
}

/**
 * Images are found by their file name alone, so each name must be of one image, in the file and among those that are asked
 * for: the boxes of one would be held against the other. Throws FldError `source_invalid` naming both where two share one.
 */
export function imagesByName({ images }: Pick<CocoTruth, 'images'>): ImagesByName {
  const labelled = new Map<string, CocoImage>()
  for (const image of images) {
    const name = fileName(image.file_name)
    const other = labelled.get(name)
    if (other !== undefined)
      throw sameName(`${other.file_name} (id ${other.id})`, `${image.file_name} (id ${image.id})`)
    labelled.set(name, image)
  }
  const asked = new Map<string, Pick<ImageRecord, 'image_id' | 'source'>>()
  return {
    find: (image) => {
      const name = fileName(image.source)
      const found = labelled.get(name)
      if (found === undefined) return undefined
      const other = asked.get(name)
      if (other !== undefined && other.image_id !== image.image_id) throw sameName(other.source, image.source)
      asked.set(name, image)
      return found
    },
  }
}

/** Of a path, an s3:// uri, or a member of a tar (`file.tar#member`). */
function fileName(source: string): string {
  const last = source.split(/[/\\]/).at(-1) ?? source
  return last.replace(/^.*[.]tar#/, '')
}

function sameName(one: string, other: string): FldError {
  const message = `${one} and ${other} have the same file name, by which true boxes are found: which boxes are whose cannot be told`
  return new FldError('source_invalid', message, { details: { images: [one, other] } })
}
