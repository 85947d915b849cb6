import { JSONParser } from '@streamparser/json'
import { z } from 'zod'
import { errorMessage, FldError } from '../../../schemas/errors.js'
import { openScratchIndex, type ScratchIndex } from '../scratch-index.js'
import type { SourceFile } from './source-file.js'

const identifier = z.union([z.number(), z.string()])
const imageSchema = z.object({
  id: identifier,
  file_name: z.string().min(1),
  coco_url: z.string().optional(),
  width: z.number().int().positive().optional(),
  height: z.number().int().positive().optional(),
})
export type CocoImage = z.infer<typeof imageSchema>

/** What is kept of an annotation: the masks, most of the file, are not. */
const annotationSchema = z.object({
  image_id: identifier,
  category_id: identifier.optional(),
  bbox: z.unknown().optional(),
  iscrowd: z.union([z.number(), z.boolean()]).optional(),
  caption: z.unknown().optional(),
})
export type CocoAnnotation = z.infer<typeof annotationSchema>
const categorySchema = z.object({ id: identifier, name: z.string() })

/** A COCO annotation file, sorted: images in the file's order, annotations by image. */
export interface CocoIndex {
  images(): AsyncIterable<CocoImage>
  annotations(image: CocoImage): AsyncIterable<CocoAnnotation>
  /** Whether objects were looked for: there are categories, or boxes whose categories are unknown. */
  readonly hasBoxes: boolean
  /** The name of a category; undefined for one that the file does not have. */
  category(id: number | string): string | undefined
  close(): Promise<void>
}

interface Entry {
  readonly list: string
  readonly position: number
  readonly value: unknown
}

/** The elements of the file's three lists as they are completed; no list is held in memory. */
async function* entries(file: SourceFile, signal: AbortSignal | undefined): AsyncGenerator<Entry, void, undefined> {
  const parser = new JSONParser({ paths: ['$.images.*', '$.annotations.*', '$.categories.*'], keepStack: false })
  let found: Entry[] = []
  parser.onValue = ({ value, key, stack }) => {
    found.push({ list: String(stack[1]?.key), position: Number(key), value })
  }
  for await (const chunk of file.stream({ signal })) {
    parser.write(chunk)
    yield* found
    found = []
  }
  if (!parser.isEnded) throw new Error('the file ends in the middle')
}

function invalid(file: SourceFile, fault: string, cause?: unknown): FldError {
  return new FldError('source_invalid', `${file.uri} is not a COCO annotation file: ${fault}`, { cause })
}

function check<Schema extends z.ZodType>(schema: Schema, file: SourceFile, entry: Entry): z.output<Schema> {
  const parsed = schema.safeParse(entry.value)
  if (parsed.success) return parsed.data
  throw invalid(file, `${entry.list}[${entry.position}]: ${z.prettifyError(parsed.error)}`, parsed.error)
}

function ordinal(position: number): string {
  return String(position).padStart(12, '0')
}

function annotationPrefix(id: number | string): string {
  return `a:${JSON.stringify(id)}:`
}

async function fill(
  { db }: ScratchIndex,
  file: SourceFile,
  signal: AbortSignal | undefined,
): Promise<{ categories: Map<number | string, string>; hasBoxes: boolean }> {
  const categories = new Map<number | string, string>()
  let images = 0
  let boxes = 0
  let batch = db.batch()
  for await (const entry of entries(file, signal)) {
    if (entry.list === 'images') {
      batch.put(`i:${ordinal(entry.position)}`, JSON.stringify(check(imageSchema, file, entry)))
      images++
    } else if (entry.list === 'annotations') {
      const annotation = check(annotationSchema, file, entry)
      if (annotation.bbox !== undefined) boxes++
      batch.put(`${annotationPrefix(annotation.image_id)}${ordinal(entry.position)}`, JSON.stringify(annotation))
    } else {
      const { id, name } = check(categorySchema, file, entry)
      categories.set(id, name)
    }
    if (batch.length < 1000) continue
    await batch.write()
    batch = db.batch()
  }
  await batch.write()
  if (images === 0) throw invalid(file, 'it has no `images`; it is an object with images, annotations and categories')
  return { categories, hasBoxes: categories.size > 0 || boxes > 0 }
}

/**
 * Reads a COCO annotation file (cocodataset.org, "Data format") of any size into an index on disk.
 * Throws FldError `source_invalid` naming the file and the element.
 */
export async function openCocoIndex(options: {
  file: SourceFile
  work_folder?: string | undefined
  signal?: AbortSignal | undefined
}): Promise<CocoIndex> {
  const { file, signal } = options
  const scratch = await openScratchIndex({ folder: options.work_folder })
  const { db } = scratch
  const { categories, hasBoxes } = await fill(scratch, file, signal).catch(async (error: unknown) => {
    await scratch.close()
    throw error instanceof FldError ? error : invalid(file, errorMessage(error), error)
  })
  return {
    async *images() {
      for await (const value of db.values({ gte: 'i:', lt: 'i:~' })) yield imageSchema.parse(JSON.parse(value))
    },
    async *annotations({ id }) {
      const prefix = annotationPrefix(id)
      for await (const value of db.values({ gte: prefix, lt: `${prefix}~` })) {
        yield annotationSchema.parse(JSON.parse(value))
      }
    },
    hasBoxes,
    category: (id) => categories.get(id),
    close: () => scratch.close(),
  }
}
