import { readFile } from 'node:fs/promises'
import type { Annotator, AnnotatorInput } from '../../../src/annotate/contract.js'
import { decodeImage } from '../../../src/models/pixels/decode-image.js'
import type { ModelSession, SessionHost } from '../../../src/models/sessions/tensor.js'
import { segment } from '../../../workers/segment/index.js'
import { type Decided, rasterInput } from '../../annotate/annotator-conformance.js'
import { referencePath } from '../../reference-data.js'

const root = 'golden/specialists'
export const samNeeds = [`${root}/sam`, `${root}/images`]

/** A raw float32 array of the pack. */
export interface StoredTensor {
  readonly file: string
  readonly shape: readonly number[]
}

/** One prompt set about one image, with the answers of Hugging Face's transformers. */
export interface SamCase {
  readonly image: string
  readonly width: number
  readonly height: number
  readonly prompt: string
  /** [images][prompts][points] as x y pixels of the original image. */
  readonly points_px: readonly (readonly (readonly [number, number])[])[]
  readonly labels: readonly (readonly number[])[]
  readonly model_input_points: readonly (readonly (readonly (readonly [number, number])[])[])[]
  readonly reshaped_size_hw: readonly [number, number]
  readonly pixel_values: StoredTensor
  readonly image_embeddings: StoredTensor
  readonly pred_masks: StoredTensor
  readonly iou_scores: readonly (readonly number[])[]
  /** [prompts][candidates]. */
  readonly masks: readonly (readonly { readonly area: number; readonly rle: readonly number[] }[])[]
}

export async function readSamCases(): Promise<readonly SamCase[]> {
  const text = await readFile(referencePath(`${root}/sam/expected.json`), 'utf8')
  return (JSON.parse(text) as { images: SamCase[] }).images
}

export function samFiles(): Map<string, string> {
  const paths = [
    'config.json',
    'preprocessor_config.json',
    'onnx/vision_encoder.onnx',
    'onnx/prompt_encoder_mask_decoder.onnx',
  ]
  return new Map(paths.map((path) => [path, referencePath(`${root}/sam/${path}`)]))
}

export function loadSamPack(sessions: SessionHost, more: Record<string, unknown> = {}): Promise<Annotator> {
  const options = segment.options.parse({ model: 'sam', ...more })
  return segment.load({ options, files: samFiles(), vocabulary: null, sessions })
}

export async function samPicture(name: string, decided: Decided = {}): Promise<AnnotatorInput> {
  return rasterInput(name, await decodeImage(await readFile(referencePath(`${root}/images/${name}`))), decided)
}

export async function readStored({ file }: StoredTensor): Promise<Float32Array> {
  const bytes = await readFile(referencePath(`${root}/sam/${file}`))
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}

/** A host that runs models as another does and notes which of them ran, by the end of their path. */
export function countingHost(host: SessionHost, runs: string[]): SessionHost {
  return {
    concurrency: host.concurrency,
    close: () => host.close(),
    openProgram: (place, options) => host.openProgram(place, options),
    open: async (path, options) => {
      const session = await host.open(path, options)
      const counted: ModelSession = {
        ...session,
        run: (inputs, runOptions) => {
          runs.push(path.split('/').at(-1) ?? path)
          return session.run(inputs, runOptions)
        },
      }
      return counted
    },
  }
}
