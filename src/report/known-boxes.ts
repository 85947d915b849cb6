import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { errorMessage, FldError } from '../../schemas/errors.js'
import type { ImageRecord } from '../../schemas/image.js'
import { canonicalLabel } from '../../schemas/vocabularies/index.js'
import type { TrueBox } from '../measure/index.js'

/** True boxes of images that people labelled, wherever they come from. */
export interface KnownBoxes {
  /** Where they come from, for the reader. */
  readonly name: string
  /** Canonical labels that were looked for. */
  readonly labels: ReadonlySet<string>
  /** Labelled images, whether or not they are in the run. */
  readonly images: number
  /** The boxes of an image under its `image_id`; null where it was not labelled. */
  boxesOf(image: ImageRecord): readonly TrueBox[] | null
}

const identifier = z.union([z.number(), z.string()])
const cocoSchema = z.object({
  images: z.array(z.object({ id: identifier, file_name: z.string() })),
  annotations: z.array(
    z.object({
      image_id: identifier,
      category_id: identifier,
      /** x y width height. */
      bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]),
      area: z.number().optional(),
      iscrowd: z.union([z.number(), z.boolean()]).optional(),
    }),
  ),
  categories: z.array(z.object({ id: identifier, name: z.string() })),
})
type CocoFile = z.infer<typeof cocoSchema>

/**
 * The boxes of a COCO annotation file, found by an image's file name alone: names must be unique, as COCO's are. The file
 * is held in memory. Throws FldError `source_invalid` when it is no such file.
 */
export async function readKnownBoxes(path: string): Promise<KnownBoxes> {
  const { images, annotations, categories } = await readCoco(path)
  const labels = new Map(categories.map(({ id, name }) => [id, canonicalLabel(name)]))
  const byImage = new Map<number | string, CocoFile['annotations']>(images.map(({ id }) => [id, []]))
  for (const annotation of annotations) byImage.get(annotation.image_id)?.push(annotation)
  const byName = new Map(images.map(({ id, file_name }) => [fileName(file_name), byImage.get(id) ?? []]))
  return {
    name: path,
    labels: new Set(labels.values()),
    images: images.length,
    boxesOf: ({ image_id, source }) => {
      const known = byName.get(fileName(source))
      return known?.flatMap((annotation) => trueBox(image_id, annotation, labels)) ?? null
    },
  }
}

function trueBox(
  image: string,
  { category_id, bbox: [x, y, width, height], area, iscrowd }: CocoFile['annotations'][number],
  labels: ReadonlyMap<number | string, string>,
): TrueBox[] {
  const label = labels.get(category_id)
  if (label === undefined) return []
  const box = [x, y, x + width, y + height] as const
  return [{ image, label, box, is_group: Boolean(iscrowd), ...(area === undefined ? {} : { area }) }]
}

/** Of a path, an s3:// uri, or a member of a tar (`file.tar#member`). */
function fileName(source: string): string {
  return source.split(/[/\\#]/).at(-1) ?? source
}

async function readCoco(path: string): Promise<CocoFile> {
  try {
    return cocoSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (cause) {
    const fault = cause instanceof z.ZodError ? z.prettifyError(cause) : errorMessage(cause)
    throw new FldError('source_invalid', `--truth ${path} is no COCO annotation file with boxes: ${fault}`, { cause })
  }
}
