import { readFile } from 'node:fs/promises'
import { FldError } from '../../schemas/errors.js'
import type { Box, Quad } from '../../schemas/geometry.js'
import type { Observation } from '../../schemas/observation.js'
import type { Annotator, AnnotatorInput, AnnotatorModule, LoadContext } from '../../src/annotate/contract.js'
import type { Raster } from '../../src/models/pixels/raster.js'
import type { ModelSession } from '../../src/models/sessions/tensor.js'
import { orAborted, throwIfAborted } from '../../src/storage/abort.js'
import { characterClasses } from './ctc-decode.js'
import { lineCrop } from './line-crop.js'
import { type OcrOptions, ocrOptionsSchema } from './options.js'
import { readingOrder } from './reading-order.js'
import type { DetectedLine } from './text-boxes.js'
import { detectText } from './text-detector.js'
import { recogniseLines, type TextRecogniser } from './text-recogniser.js'

/**
 * Reads text: a DB detector finds lines, a CTC recogniser reads each (PP-OCR and models of its layout). Files of the
 * entry: an .onnx with `det` in its name, one with `rec`, and a .txt dictionary of one character per line.
 */
export const ocr: AnnotatorModule<OcrOptions> = {
  name: 'ocr',
  version: 2,
  resource: 'cpu',
  needs: 'image',
  produces: ['text_region'],
  options: ocrOptionsSchema,
  load: loadOcr,
}

interface OcrModels {
  readonly detector: ModelSession
  readonly recogniser: TextRecogniser
  readonly options: OcrOptions
}

interface ImageLines {
  readonly raster: Raster
  readonly lines: readonly DetectedLine[]
}

async function loadOcr({ files, options, sessions }: LoadContext<OcrOptions>): Promise<Annotator> {
  const [detector, session, dictionary] = await Promise.all([
    sessions.open(fileNamed(files, /det[^/]*\.onnx$/)),
    sessions.open(fileNamed(files, /rec[^/]*\.onnx$/)),
    readFile(fileNamed(files, /\.txt$/), 'utf8'),
  ])
  const models = { detector, recogniser: { session, characters: characterClasses(dictionary) }, options }
  return {
    annotate: (batch, { signal }) => readBatch(models, batch, signal),
    dispose: async () => {},
  }
}

function fileNamed(files: ReadonlyMap<string, string>, pattern: RegExp): string {
  for (const [path, local] of files) if (pattern.test(path)) return local
  throw new FldError(
    'model_invalid',
    `The ocr entry has no file like ${pattern.source}; its files are: ${[...files.keys()].join(', ') || 'none'}.`,
  )
}

/** While the lines of one image are recognised, those of the next are looked for. */
async function readBatch(
  models: OcrModels,
  batch: readonly AnnotatorInput[],
  signal: AbortSignal,
): Promise<Observation[][]> {
  const results: Observation[][] = []
  let found = await findLines(models, batch[0], signal)
  for (const next of [...batch.slice(1), undefined]) {
    const [observations, following] = await Promise.all([
      readLines(models, found, signal),
      findLines(models, next, signal),
    ])
    if (found) results.push(observations)
    found = following
  }
  return results
}

async function findLines(
  { detector, options }: OcrModels,
  image: AnnotatorInput | undefined,
  signal: AbortSignal,
): Promise<ImageLines | null> {
  throwIfAborted(signal, 'reading text')
  if (!image) return null
  const raster = await orAborted(image.pixels(), signal, 'reading text')
  return { raster, lines: await detectText(detector, raster, { ...options, signal }) }
}

async function readLines(models: OcrModels, found: ImageLines | null, signal: AbortSignal): Promise<Observation[]> {
  if (!found) return []
  throwIfAborted(signal, 'reading text')
  const { raster, lines } = found
  const crops = lines.map((line) => lineCrop(raster, line.quad))
  const texts = await recogniseLines(models.recogniser, crops, { batch: models.options.rec_batch, signal })
  return readingOrder(lines.map((line) => line.quad)).flatMap((index) => {
    const [line, read] = [lines[index], texts[index]]
    if (!line || !read || read.text.trim() === '' || read.score < models.options.score_min) return []
    const { quad, score } = line
    return [
      {
        kind: 'text_region' as const,
        text: read.text,
        score: read.score,
        box_score: score,
        quad,
        box: boxAround(quad),
      },
    ]
  })
}

function boxAround(quad: Quad): Box {
  const xs = quad.filter((_, index) => index % 2 === 0)
  const ys = quad.filter((_, index) => index % 2 === 1)
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
}
