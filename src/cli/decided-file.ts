import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { z } from 'zod'
import { namesAllowedKeys } from '../../schemas/allowed-keys.js'
import { errorMessage, FldError } from '../../schemas/errors.js'
import { boxSchema } from '../../schemas/geometry.js'
import { type CaptionPhrase, granularities } from '../../schemas/observation.js'
import type { AnnotatorInput } from '../annotate/contract.js'

/** What earlier stages of a run would have decided about an image. */
export type Decided = Pick<AnnotatorInput, 'regions' | 'texts' | 'regionTexts'>

const words = z.string().trim().min(1, 'expected words')

const textSchema = z.union([
  words.transform((text) => ({ text, granularity: 'brief' as const, phrases: [] })),
  z
    .object({ text: words, granularity: z.enum(granularities).default('brief'), phrases: z.array(words).default([]) })
    .strict()
    .superRefine(({ text, phrases }, context) => {
      for (const phrase of phrases.filter((each) => !text.includes(each))) {
        context.addIssue({ code: 'custom', path: ['phrases'], message: `"${phrase}" is no part of the text` })
      }
    })
    .transform(({ phrases, ...rest }) => ({ ...rest, phrases: phrases.map((phrase) => placeOf(phrase, rest.text)) })),
])

/** Where a phrase first stands in a text. */
function placeOf(phrase: string, text: string): CaptionPhrase {
  const start = text.indexOf(phrase)
  return { start, end: start + phrase.length, region_ids: [] }
}

const regionSchema = z
  .object({
    region_id: z.string().optional(),
    kind: z.enum(['object', 'text', 'phrase']).default('object'),
    label: words,
    /** x1 y1 x2 y2 in pixels of the image. */
    box: boxSchema.refine(
      ([x1, y1, x2, y2]) => x2 > x1 && y2 > y1,
      'expected [x1, y1, x2, y2] with x2 > x1 and y2 > y1',
    ),
    score: z.number().min(0).max(1).default(1),
    /** What could stand for it beside its label. */
    texts: z.array(words).default([]),
  })
  .strict()

const decidedSchema = z
  .object({ texts: z.array(textSchema).default([]), regions: z.array(regionSchema).default([]) })
  .strict()

/** A file of decisions by image: as the image is named on the command line, or by its file name alone. */
const decidedFileSchema = z.record(z.string(), decidedSchema)

/** Finds what is decided about an image, by its path. */
export type DecidedFinder = (path: string) => Decided

/**
 * Texts and regions for annotators that need more than pixels: from a JSON file, by image, and texts given for all
 * images. Throws FldError `config_invalid` naming the file and the key.
 */
export async function decidedFinder(
  flags: { decided?: string; text?: readonly string[] },
  images: readonly string[],
): Promise<DecidedFinder> {
  const forAll = (flags.text ?? []).map((text) => ({ text, granularity: 'brief' as const, phrases: [] }))
  const byImage = flags.decided === undefined ? {} : await readDecided(flags.decided)
  const names = new Set([...images, ...images.map((path) => basename(path))])
  const stray = Object.keys(byImage).find((name) => !names.has(name))
  if (stray !== undefined) throw new FldError('config_invalid', `--decided ${flags.decided}: no image is "${stray}"`)
  return (path) => {
    const { texts, regions } = byImage[path] ?? byImage[basename(path)] ?? { texts: [], regions: [] }
    const named = regions.map(({ texts: own, region_id, ...region }, index) => ({
      region: { ...region, region_id: region_id ?? `r${index}`, quad: null },
      texts: [...new Set([region.label, ...own])],
    }))
    return {
      texts: [...forAll, ...texts],
      regions: named.map(({ region }) => region),
      regionTexts: named.map((each) => ({ region_id: each.region.region_id, texts: each.texts })),
    }
  }
}

async function readDecided(path: string): Promise<z.output<typeof decidedFileSchema>> {
  let value: unknown
  try {
    value = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new FldError('config_invalid', `--decided ${path} cannot be read: ${errorMessage(cause)}`, { cause })
  }
  const parsed = decidedFileSchema.safeParse(value, { error: namesAllowedKeys })
  if (parsed.success) return parsed.data
  throw new FldError('config_invalid', `--decided ${path}: ${z.prettifyError(parsed.error)}`, { cause: parsed.error })
}
