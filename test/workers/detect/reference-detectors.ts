import { readFile } from 'node:fs/promises'
import type { ObjectObservation } from '../../../schemas/observation.js'
import type { Annotator, AnnotatorInput } from '../../../src/annotate/contract.js'
import { decodeImage } from '../../../src/models/pixels/decode-image.js'
import type { SessionHost } from '../../../src/models/sessions/tensor.js'
import { detect } from '../../../workers/detect/index.js'
import type { SquareOptions } from '../../../workers/detect/options.js'
import { rasterInput } from '../../annotate/annotator-conformance.js'
import { referencePath } from '../../reference-data.js'

/** Folder of the reference answers. */
export const goldenFolder = 'golden/specialists/detectors'
export const referenceNeeds = [goldenFolder, 'models']

/** The reference file of each detector and the decoder that reads it. */
export const referenceDetectors = {
  'nanodet-m-416': 'gfl',
  'picodet-s-416': 'gfl',
  'yolox-nano': 'yolox',
  'deimv2-femto': 'deim',
  'deimv2-atto': 'deim',
  fastestdet: 'fastestdet',
} as const satisfies Record<string, SquareOptions['decoder']>
export type ReferenceDetector = keyof typeof referenceDetectors

/** A detection of the reference: box in pixels of the original image, two decimals; score, five. */
export interface GoldenDetection {
  readonly label: string
  readonly score: number
  readonly box: readonly [number, number, number, number]
}

export interface GoldenImage {
  readonly image: string
  readonly width: number
  readonly height: number
  readonly input_png: string
  readonly scale: readonly [number, number]
  readonly input: { readonly sha256_f32le: string }
  readonly detections_total: number
  /** The best twenty. */
  readonly top: readonly GoldenDetection[]
}

export interface Golden {
  readonly file: string
  readonly preprocessing: {
    readonly size: number
    readonly resize: string
    readonly order: string
    readonly mean: number[]
    readonly std: number[]
  }
  readonly decode: { readonly strides: number[] | null; readonly nms_iou: number | null }
  readonly score_min: number
  readonly images: readonly GoldenImage[]
}

export async function readGolden(name: ReferenceDetector): Promise<Golden> {
  return JSON.parse(await readFile(referencePath(`${goldenFolder}/${name}.json`), 'utf8')) as Golden
}

/** The options that the reference was made with. */
export function goldenOptions(name: ReferenceDetector, golden: Golden): SquareOptions {
  const { size, resize, order, mean, std } = golden.preprocessing
  const { strides, nms_iou } = golden.decode
  const options = detect.options.parse({
    decoder: referenceDetectors[name],
    input: { size, resize: resize.startsWith('letterbox') ? 'letterbox' : resize, order, mean, std },
    nms_iou,
    score_min: golden.score_min,
    ...(strides === null ? {} : { strides }),
  })
  if (options.decoder === 'set-prediction') throw new Error('not one of these detectors')
  return options
}

export async function coco80(): Promise<readonly string[]> {
  const names = await readFile(referencePath('models/vocabularies/coco80.names'), 'utf8')
  return names.trim().split(/\r?\n/)
}

export function modelPath(golden: Golden): string {
  return referencePath(`models/${golden.file}`)
}

export async function loadReferenceDetector(
  name: ReferenceDetector,
  sessions: SessionHost,
  more: Pick<SquareOptions, 'model_batch'> = {},
): Promise<Annotator> {
  const golden = await readGolden(name)
  const files = new Map([['model.onnx', modelPath(golden)]])
  const options = { ...goldenOptions(name, golden), ...more }
  return detect.load({ options, files, vocabulary: await coco80(), sessions })
}

/** The photographs of the reference, in the order of the file. */
export function goldenPhotos(golden: Golden): Promise<AnnotatorInput[]> {
  return Promise.all(
    golden.images.map(async ({ image }) => {
      const bytes = await readFile(referencePath(`${goldenFolder}/photos/${image}`))
      return rasterInput(image, await decodeImage(bytes))
    }),
  )
}

/** How far a detection is from the nearest of its label: worst box side in pixels, score; infinite without one. */
export function distanceToNearest(
  { label, score, box }: GoldenDetection | ObjectObservation,
  others: readonly (GoldenDetection | ObjectObservation)[],
): { pixels: number; score: number } {
  return others
    .filter((other) => other.label === label)
    .map((other) => ({
      pixels: Math.max(...other.box.map((side, i) => Math.abs(side - (box[i] ?? Number.NaN)))),
      score: Math.abs(other.score - score),
    }))
    .reduce((near, next) => (next.pixels + next.score < near.pixels + near.score ? next : near), {
      pixels: Number.POSITIVE_INFINITY,
      score: Number.POSITIVE_INFINITY,
    })
}
