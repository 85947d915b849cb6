/**
 * The Florence-2 runtime beside Transformers.js, on the same checkpoints, images and threads: preprocessing, image
 * features, decoding, and whole images with five tasks each.
 *
 *   npm run bench:florence2 -- [--tiny DIR] [--base DIR] [--only tiny|base] [--images 16] [--their-images 2]
 *     [--tokens 32] [--rounds N] [--threads 2] [--exporter FILE] [--tokenizer DIR] [--cache DIR]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Florence2Task, taskPrompt } from '../../../schemas/florence2/tasks.js'
import { imageOfModelSize, photographs } from './bench-images.js'
import { type Question, startSide } from './bench-side.js'
import { randomCheckpoint } from './checkpoints.js'
import { comparedSides } from './compared-sides.js'

const reference = resolve(process.env.FLD_REFERENCE_DATA ?? '../shared')
const { values } = parseArgs({
  options: {
    tiny: { type: 'string' },
    base: { type: 'string' },
    only: { type: 'string' },
    images: { type: 'string', default: '16' },
    'their-images': { type: 'string', default: '2' },
    tokens: { type: 'string', default: '32' },
    rounds: { type: 'string' },
    threads: { type: 'string', default: String(Math.min(8, availableParallelism())) },
    exporter: { type: 'string', default: join(reference, 'tools/export_florence2.py') },
    tokenizer: { type: 'string', default: join(reference, 'golden/florence2/tiny') },
    cache: { type: 'string', default: join(process.env.FLD_CACHE ?? join(homedir(), '.cache/fld'), 'bench') },
  },
})

/** A round of the larger one takes a minute. */
const defaultRounds = { tiny: 5, base: 2 }

const asked: readonly (readonly [Florence2Task, string | null])[] = [
  ['CAPTION', null],
  ['OD', null],
  ['DENSE_REGION_CAPTION', null],
  ['OCR_WITH_REGION', null],
  ['CAPTION_TO_PHRASE_GROUNDING', 'a person beside a table with a cup, in front of a window'],
]
const questions = asked.map(
  ([task, input]): Question => ({ task, input, prompt: taskPrompt(task, ...(input === null ? [] : [input])) }),
)

async function checkpoint(size: 'tiny' | 'base'): Promise<string | null> {
  const given = values[size]
  if (given !== undefined) return resolve(given)
  const { exporter, tokenizer, cache } = values
  return randomCheckpoint(size, { exporter, tokenizer, cache, python: process.env.FLD_PYTHON ?? 'python3' })
}

async function bench(size: 'tiny' | 'base', scratch: string): Promise<void> {
  const folder = await checkpoint(size)
  if (folder === null) return
  const images = await photographs(Number(values.images), { folder: join(reference, 'photos/coco_mini'), scratch })
  const [first = ''] = images
  const ours = startSide(new URL('./our-side.ts', import.meta.url))
  const theirs = startSide(new URL('./their-side.ts', import.meta.url))
  try {
    await comparedSides({
      title: `${size}: ${folder}`,
      sides: { ours, theirs },
      folder,
      threads: Number(values.threads),
      images,
      ofModelSize: await imageOfModelSize(first, { folder, scratch }),
      theirImages: Number(values['their-images']),
      questions,
      tokens: Number(values.tokens),
      rounds: Number(values.rounds ?? defaultRounds[size]),
    })
  } finally {
    await Promise.all([ours.stop(), theirs.stop()])
  }
}

const scratch = await mkdtemp(join(tmpdir(), 'fld-bench-'))
try {
  for (const size of ['tiny', 'base'] as const) {
    if (values.only === undefined || values.only === size) await bench(size, scratch)
  }
} finally {
  await rm(scratch, { recursive: true })
}
