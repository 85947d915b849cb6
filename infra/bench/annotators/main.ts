/**
 * Images per second of real annotators through the annotator contract, beside a bare loop: the same preprocessing,
 * model and threads, no session host, one image after the other. Images are decoded before either is timed.
 *
 *   npm run bench:annotators -- [--images 64] [--only yolox-nano,ppocr] [--threads 2]
 */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import type { AnnotatorInput } from '../../../src/annotate/contract.js'
import { loadAnnotator } from '../../../src/annotate/load-annotator.js'
import { readEnvironment } from '../../../src/cli/environment.js'
import { loadPackEntry, type PackedEntry } from '../../../src/models/packs/pack-file.js'
import { pullEntry } from '../../../src/models/packs/pull.js'
import { decodeImage } from '../../../src/models/pixels/decode-image.js'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import type { SessionHost } from '../../../src/models/sessions/tensor.js'
import { annotatorRegistry } from '../../../workers/registry.js'
import { directHost } from './direct-host.js'
import { type Feeding, type Timing, timeAnnotation } from './timed-annotation.js'

const detectors = ['yolox-nano', 'picodet-s', 'nanodet-m', 'deimv2-femto', 'deimv2-atto']
const annotators = [...detectors.map((name) => `coco-small/${name}`), 'starter/ppocr']
const batches = [1, 4, 8]

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '64' },
    only: { type: 'string' },
    threads: { type: 'string', default: '2' },
  },
})
const threads = Number(values.threads)
/** Sessions by threads of each: the same number of threads in all. */
const shapes = [
  { sessions: 1, threads },
  { sessions: threads, threads: 1 },
]
const reference = resolve(process.env.FLD_REFERENCE_DATA ?? '../shared')

/** Decoded photographs of the reference folder, in order of their paths. */
async function photographs(count: number): Promise<AnnotatorInput[]> {
  const folder = join(reference, 'photos', 'coco_mini')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter(({ name }) => /\.jpe?g$/i.test(name)).map((each) => join(each.parentPath, each.name))
  return Promise.all(
    paths
      .sort()
      .slice(0, count)
      .map(async (path) => {
        const raster = await decodeImage(await readFile(path))
        const { width, height } = raster
        const nothingYet = { regions: [], texts: [], regionTexts: [] }
        return { image_id: path, width, height, pixels: async () => raster, ...nothingYet }
      }),
  )
}

/** Loads an annotator in a host, times it, and closes both. */
async function timed(
  { entry }: PackedEntry,
  files: ReadonlyMap<string, string>,
  sessions: SessionHost,
  images: readonly AnnotatorInput[],
  feeding: Feeding,
): Promise<Timing> {
  const annotator = await loadAnnotator({ entry, registry: annotatorRegistry, files, sessions })
  try {
    return await timeAnnotation(annotator, images, feeding)
  } finally {
    await annotator.dispose()
    await sessions.close()
  }
}

function row(cells: readonly string[]): string {
  return cells.map((cell, index) => (index === 0 ? cell.padEnd(14) : cell.padStart(index === 1 ? 8 : 15))).join(' ')
}

async function bench(use: string, images: readonly AnnotatorInput[]): Promise<void> {
  const packed = await loadPackEntry(use)
  const pull = await readEnvironment().pullOptions()
  const files = await pullEntry(packed.entry, {
    ...pull,
    folders: [...(pull.folders ?? []), join(reference, 'models')],
  })
  const bare = () => timed(packed, files, directHost(threads), images, { batch: 1, callers: 1 })
  const before = await bare()
  const timings: Timing[] = []
  for (const shape of shapes) {
    for (const batch of batches) {
      // As many jobs at a time as `fld worker` takes by default: one more than sessions.
      const feeding = { batch, callers: shape.sessions + 1 }
      timings.push(await timed(packed, files, createSessionHost(shape), images, feeding))
    }
  }
  const loop = (before.imagesPerSecond + (await bare()).imagesPerSecond) / 2
  const cells = timings.map(({ imagesPerSecond: rate, observations }) => {
    const same = isDeepStrictEqual(observations, before.observations)
    return `${rate.toFixed(1)} (${(rate / loop).toFixed(2)}${same ? '' : ', differs'})`
  })
  process.stdout.write(`${row([packed.entry.name, loop.toFixed(1), ...cells])}\n`)
}

if (existsSync(reference)) {
  const chosen = values.only?.split(',') ?? annotators.map((use) => use.replace(/^.*\//, ''))
  const images = await photographs(Number(values.images))
  const heads = shapes.flatMap(({ sessions, threads: each }) =>
    batches.map((batch) => `${sessions}x${each} batch ${batch}`),
  )
  process.stdout.write(
    `images/s of ${images.length} photographs, in brackets: times the bare loop of ${threads} threads\n`,
  )
  process.stdout.write(`${row(['annotator', 'loop', ...heads])}\n`)
  for (const use of annotators) if (chosen.includes(use.replace(/^.*\//, ''))) await bench(use, images)
} else {
  process.stderr.write(`SKIPPED: no photographs and models at ${reference}; FLD_REFERENCE_DATA names the folder\n`)
}
