import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { errorMessage, FldError } from '../../schemas/errors.js'
import type { Box } from '../../schemas/geometry.js'
import { canonicalLabel } from '../../schemas/vocabularies/index.js'
import type { TrueBox, Truth } from '../measure/index.js'

const number = z.number()
const cocoSchema = z.object({
  images: z.array(
    z.object({ id: number, file_name: z.string(), width: number, height: number, part: z.string().optional() }),
  ),
  categories: z.array(z.object({ id: number, name: z.string() })),
  annotations: z.array(
    z.object({
      image_id: number,
      category_id: number,
      bbox: z.tuple([number, number, number, number]),
      area: number.optional(),
      iscrowd: z.union([number, z.boolean()]).optional(),
    }),
  ),
})

/** A COCO file of boxes, under canonical labels. */
export interface CocoTruth {
  /** By id. `part` is a name for some of them, where the file gives one. */
  readonly images: readonly {
    readonly id: number
    readonly file_name: string
    readonly width: number
    readonly height: number
    readonly part?: string | undefined
  }[]
  /** Category id by canonical label. */
  readonly categories: ReadonlyMap<string, number>
  /** By image id. */
  readonly boxes: ReadonlyMap<number, readonly Omit<TrueBox, 'image'>[]>
}

/** Reads a COCO file of boxes (`instances_*.json`), whole. Throws FldError `source_invalid` naming the file and what is wrong. */
export async function readCocoTruth(path: string, options: { signal?: AbortSignal } = {}): Promise<CocoTruth> {
  const { images, categories, annotations } = await parseFile(path, options)
  const labels = new Map(categories.map(({ id, name }) => [id, canonicalLabel(name)]))
  const boxes = new Map<number, Omit<TrueBox, 'image'>[]>()
  for (const { image_id, category_id, bbox, area, iscrowd } of annotations) {
    const label = labels.get(category_id)
    const [x, y, width, height] = bbox
    if (label === undefined || width <= 0 || height <= 0) continue
    const box: Box = [x, y, x + width, y + height]
    const known = { label, box, is_group: iscrowd === 1 || iscrowd === true, ...(area === undefined ? {} : { area }) }
    const others = boxes.get(image_id)
    if (others === undefined) boxes.set(image_id, [known])
    else others.push(known)
  }
  return {
    images: images.sort((a, b) => a.id - b.id),
    categories: new Map([...labels].map(([id, label]) => [label, id])),
    boxes,
  }
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
  const message = `${path} is no COCO file of boxes: ${z.prettifyError(parsed.error)}`
  throw new FldError('source_invalid', message, { cause: parsed.error })
}

/** What a COCO file says about images that go by other names, by its ids. */
export function truthOf({ categories, boxes }: CocoTruth, nameOf: ReadonlyMap<number, string>): Truth {
  return {
    images: [...nameOf.values()],
    labels: new Set(categories.keys()),
    boxes: [...nameOf].flatMap(([id, image]) => (boxes.get(id) ?? []).map((box) => ({ ...box, image }))),
  }
}
