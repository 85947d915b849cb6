import { readFile } from 'node:fs/promises'
import type { Annotator, AnnotatorInput } from '../../../src/annotate/contract.js'
import { decodeImage } from '../../../src/models/pixels/decode-image.js'
import type { SessionHost } from '../../../src/models/sessions/tensor.js'
import { detect } from '../../../workers/detect/index.js'
import type { DecoderOptions } from '../../../workers/detect/options.js'
import { rasterInput } from '../../annotate/annotator-conformance.js'
import { referencePath } from '../../reference-data.js'

/** Detectors of random weights in the layout of Transformers.js, with the answers of Hugging Face's transformers. */
export const hubDetectors = ['dfine', 'rtdetrv2'] as const
export type HubDetector = (typeof hubDetectors)[number]

const root = 'golden/specialists'
export const hubNeeds = [...hubDetectors.map((name) => `${root}/${name}`), `${root}/images`]

/** A raw float32 array of the pack. */
interface StoredTensor {
  readonly file: string
  readonly shape: readonly number[]
}

export interface HubDetection {
  readonly label: string
  readonly score: number
  /** Pixels of the original image, xyxy, not clipped. */
  readonly box: readonly [number, number, number, number]
}

export interface HubImage {
  readonly image: string
  readonly width: number
  readonly height: number
  readonly threshold: number
  readonly pixel_values: StoredTensor
  readonly raw: { readonly logits: StoredTensor; readonly pred_boxes: StoredTensor }
  /** All above the threshold, best first. */
  readonly detections: readonly HubDetection[]
}

export async function readHubImages(name: HubDetector): Promise<readonly HubImage[]> {
  const text = await readFile(referencePath(`${root}/${name}/expected.json`), 'utf8')
  return (JSON.parse(text) as { images: HubImage[] }).images
}

export function hubFiles(name: HubDetector): Map<string, string> {
  const paths = ['config.json', 'preprocessor_config.json', 'onnx/model.onnx']
  return new Map(paths.map((path) => [path, referencePath(`${root}/${name}/${path}`)]))
}

export function hubOptions(more: Record<string, unknown> = {}): DecoderOptions<'set-prediction'> {
  const options = detect.options.parse({ decoder: 'set-prediction', ...more })
  if (options.decoder !== 'set-prediction') throw new Error('another decoder')
  return options
}

export function loadHubDetector(
  name: HubDetector,
  sessions: SessionHost,
  more: Record<string, unknown> = {},
  vocabulary: readonly string[] | null = null,
): Promise<Annotator> {
  return detect.load({ options: hubOptions(more), files: hubFiles(name), vocabulary, sessions })
}

/** The pictures of the pack, in the order of its file. */
export function hubPictures(images: readonly HubImage[]): Promise<AnnotatorInput[]> {
  return Promise.all(
    images.map(async ({ image }) => {
      const bytes = await readFile(referencePath(`${root}/images/${image}`))
      return rasterInput(image, await decodeImage(bytes))
    }),
  )
}

export async function readStored(name: HubDetector, { file }: StoredTensor): Promise<Float32Array> {
  const bytes = await readFile(referencePath(`${root}/${name}/${file}`))
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}
