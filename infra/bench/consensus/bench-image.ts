import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { consensusConfigSchema } from '../../../schemas/consensus-config.js'
import { FldError } from '../../../schemas/errors.js'
import type { Box } from '../../../schemas/geometry.js'
import { type DecidedImage, joinModels, type Source } from '../../../src/consensus/index.js'
import { readCocoTruth } from '../../../src/run/coco-truth.js'
import { readRawDetections } from '../coco-eval/raw-detections.js'

/** One image and what its detectors saw, ready for a fusion (`detections`) and for the engine (`sources`). */
export interface BenchImage {
  readonly image: DecidedImage
  readonly sources: readonly Source[]
  readonly models: Parameters<typeof joinModels>[0]
  readonly detections: ReturnType<typeof joinModels>
  /** How many boxes all its detectors have together. */
  readonly boxes: number
}

/** Labels become indices by their place in `labels`. */
export function benchImage(image: DecidedImage, sources: readonly Source[], labels: readonly string[]): BenchImage {
  const indexOf = new Map(labels.map((label, index) => [label, index]))
  const models = sources.map(({ observations }) => {
    const objects = observations.filter((said) => said.kind === 'object')
    return {
      boxes: objects.map(({ box }): Box => box),
      scores: objects.map(({ score }) => score),
      labels: objects.map(({ label }) => indexOf.get(label) ?? labels.length),
    }
  })
  const detections = joinModels(models)
  return { image, sources, models, detections, boxes: detections.scores.length }
}

/** All detectors of a folder of `<detector>.json` beside `ground-truth.json`, which says how large the images are. */
export async function rawImages(folder: string, labels: readonly string[]): Promise<BenchImage[]> {
  const truth = await readCocoTruth(join(folder, 'ground-truth.json'))
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json') && name !== 'ground-truth.json')
  if (names.length === 0) throw new FldError('config_invalid', `--raw ${folder} has no <detector>.json`)
  const detectors = names.map((name) => name.slice(0, -'.json'.length)).sort()
  const { images } = await readRawDetections(folder, detectors, truth, consensusConfigSchema.parse({}))
  return images.map(({ image, sources }) => benchImage(image, sources, labels)).filter(({ boxes }) => boxes > 0)
}

/** Images one after another, from the first again where they end, until their boxes are at least `total`. */
export function imagesFor(total: number, images: readonly BenchImage[]): { images: BenchImage[]; boxes: number } {
  const chosen: BenchImage[] = []
  let boxes = 0
  for (let at = 0; boxes < total; at++) {
    const next = images[at % images.length]
    if (next === undefined) break
    chosen.push(next)
    boxes += next.boxes
  }
  return { images: chosen, boxes }
}
