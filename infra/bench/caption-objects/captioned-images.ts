import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { FldError } from '../../../schemas/errors.js'
import { canonicalLabel } from '../../../schemas/vocabularies/index.js'

const captionsSchema = z.object({
  annotations: z.array(z.object({ id: z.number(), image_id: z.number(), caption: z.string() })),
})
const instancesSchema = z.object({
  categories: z.array(z.object({ id: z.number(), name: z.string() })),
  annotations: z.array(z.object({ image_id: z.number(), category_id: z.number() })),
})

/** A photograph with what people wrote about it and which classes they drew boxes for, by canonical label. */
export interface CaptionedImage {
  readonly captions: readonly string[]
  readonly classes: ReadonlySet<string>
}

/** The photographs that both files of a COCO set speak of. */
export interface CaptionedSet {
  /** All classes that the labels could name. */
  readonly vocabulary: ReadonlySet<string>
  readonly images: readonly CaptionedImage[]
}

/** Reads `captions_*.json` and `instances_*.json` of the same images. Throws FldError `config_invalid` where no image is in both. */
export async function readCaptionedSet(paths: { captions: string; instances: string }): Promise<CaptionedSet> {
  const { annotations: captions } = captionsSchema.parse(JSON.parse(await readFile(paths.captions, 'utf8')))
  const { categories, annotations } = instancesSchema.parse(JSON.parse(await readFile(paths.instances, 'utf8')))
  const names = new Map(categories.map(({ id, name }) => [id, canonicalLabel(name)]))
  const classes = new Map<number, Set<string>>()
  for (const { image_id, category_id } of annotations) {
    const name = names.get(category_id)
    if (name !== undefined) classes.set(image_id, (classes.get(image_id) ?? new Set()).add(name))
  }
  const texts = new Map<number, string[]>()
  for (const { image_id, caption } of captions) texts.set(image_id, [...(texts.get(image_id) ?? []), caption])
  const images = [...texts].flatMap(([image, written]) => {
    const labelled = classes.get(image)
    return labelled === undefined ? [] : [{ captions: written, classes: labelled }]
  })
  if (images.length > 0) return { vocabulary: new Set(names.values()), images }
  throw new FldError('config_invalid', `${paths.captions} and ${paths.instances} have no image in common.`)
}
