import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { canonicalLabel } from '../../../schemas/vocabularies/index.js'

const truthSchema = z.object({
  images: z.array(z.object({ id: z.number(), file_name: z.string(), width: z.number(), height: z.number() })),
  categories: z.array(z.object({ id: z.number(), name: z.string() })),
})

/** What is needed of a COCO annotation file to write results for it. */
export interface CocoTruth {
  readonly images: readonly { readonly id: number; readonly file_name: string; width: number; height: number }[]
  /** Category id by canonical label. */
  readonly categories: ReadonlyMap<string, number>
}

export async function readCocoTruth(path: string): Promise<CocoTruth> {
  const { images, categories } = truthSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  return { images, categories: new Map(categories.map(({ id, name }) => [canonicalLabel(name), id])) }
}
