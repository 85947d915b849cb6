import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { FldError } from '../../../schemas/errors.js'
import { coco80 } from '../../../schemas/vocabularies/index.js'
import type { Source } from '../../../src/consensus/index.js'
import type { CocoTruth } from '../../../src/run/coco-truth.js'
import type { LabelledSet } from './labelled-images.js'

const detectionSchema = z.tuple([z.string(), z.number(), z.number(), z.number(), z.number(), z.number()])
const fileSchema = z.object({ images: z.record(z.string(), z.array(detectionSchema)) })
type RawImages = z.infer<typeof fileSchema>['images']

/**
 * Raw detections of `<folder>/<detector>.json`: images[id] = [[label, score, x1, y1, x2, y2], ...] in pixels. A
 * detector's family is the first part of its name: deimv2-atto and deimv2-femto share a vote. Throws FldError
 * `source_invalid` for a photograph whose size the truth does not tell.
 */
export async function readRawDetections(
  folder: string,
  detectors: readonly string[],
  truth: CocoTruth,
  config: ConsensusConfig,
): Promise<LabelledSet> {
  const files = new Map<string, RawImages>()
  for (const detector of detectors) {
    const file = fileSchema.parse(JSON.parse(await readFile(join(folder, `${detector}.json`), 'utf8')))
    files.set(detector, file.images)
  }
  const images = truth.images.map(({ id, file_name, part, width, height }) => ({
    coco_id: id,
    file_name,
    part: part ?? null,
    image: { image_id: String(id), ...sizeOf({ file_name, width, height }) },
    sources: detectors.map((detector) => toSource(detector, files.get(detector)?.[String(id)] ?? [])),
    committed: null,
  }))
  return { detectors, images, config }
}

function sizeOf({ file_name, width, height }: Pick<CocoTruth['images'][number], 'file_name' | 'width' | 'height'>) {
  if (width !== undefined && height !== undefined) return { width, height }
  throw new FldError('source_invalid', `the truth does not tell width and height of ${file_name}`)
}

function toSource(detector: string, detections: readonly z.infer<typeof detectionSchema>[]): Source {
  return {
    annotator: detector,
    family: detector.split('-')[0] ?? detector,
    vocabulary: coco80,
    human: false,
    failure: null,
    observations: detections.map(([label, score, ...box]) => ({ kind: 'object', label, score, box })),
  }
}
