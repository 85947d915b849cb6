import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Florence2Task, parseTaskName } from '../../../schemas/florence2/tasks.js'
import { decodeImage } from '../../../src/models/pixels/decode-image.js'
import type { SessionHost } from '../../../src/models/sessions/tensor.js'
import {
  type Florence2,
  type GenerateRequest,
  type GenerationOptions,
  loadFlorence2,
} from '../../../workers/florence2/florence2.js'
import { referencePath } from '../../reference-data.js'

export const referenceNeeds = ['golden/florence2/tiny', 'golden/florence2/cases.json']

export interface GoldenSequence {
  readonly ids: number[]
  readonly text: string
  readonly score?: number
  readonly stable: boolean
}

export interface GoldenResult {
  readonly task: string
  readonly input: string
  readonly prompt: string
  readonly inputIds: number[]
  readonly greedy: GoldenSequence
  readonly beam3: GoldenSequence
}

interface GoldenImage {
  readonly name: string
  readonly file: string
  readonly resized: { readonly file: string }
  readonly imageFeatures: { readonly shape: number[]; readonly indices: number[]; readonly values: number[] }
  readonly results: GoldenResult[]
}

interface GoldenBatchSequences {
  readonly ids: number[][]
  readonly text: string[]
  readonly scores?: number[]
  readonly stable: boolean[]
}

interface GoldenCases {
  readonly generation: { readonly max_new_tokens: number }
  readonly images: GoldenImage[]
  readonly batches: {
    readonly rows: { readonly image: string; readonly task: string; readonly input: string }[]
    readonly greedy: GoldenBatchSequences
    readonly beam3: GoldenBatchSequences
  }[]
  readonly options: {
    readonly image: string
    readonly task: string
    readonly options: {
      readonly max_new_tokens: number
      readonly num_beams: number
      readonly early_stopping?: boolean | 'never'
      readonly no_repeat_ngram_size?: number
      readonly length_penalty?: number
    }
    readonly ids: number[]
    readonly score?: number
    readonly stable: boolean
  }[]
}

export function readGoldenCases(): GoldenCases {
  return JSON.parse(readFileSync(referencePath('golden/florence2/cases.json'), 'utf8')) as GoldenCases
}

/** Files of the tiny random checkpoint by their path in it. */
export function checkpointFiles(folder = referencePath('golden/florence2/tiny')): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name))
  return new Map(paths.map((path) => [path.slice(folder.length + 1), path]))
}

export function loadReference(sessions: SessionHost, cacheBytes?: number): Promise<Florence2> {
  return loadFlorence2({ files: checkpointFiles(), sessions, ...(cacheBytes === undefined ? {} : { cacheBytes }) })
}

/** A request about an image as Pillow resampled it, so that only the model is compared. */
export function goldenRequest(image: GoldenImage, task: string, input: string): GenerateRequest {
  return requestOf(image.resized.file, task, input)
}

/** A request about an image as it came. */
export function ownRequest(image: GoldenImage, task: string, input: string): GenerateRequest {
  return requestOf(image.file, task, input)
}

function requestOf(file: string, task: string, input: string): GenerateRequest {
  const name: Florence2Task = parseTaskName(task)
  const image = {
    key: basename(file) + file.length,
    width: 192,
    height: 192,
    pixels: async () => decodeImage(readFileSync(referencePath(`golden/florence2/${file}`))),
  }
  return input === '' ? { image, task: name } : { image, task: name, input }
}

/** The pack's options in our words. */
export function optionsOf(options: GoldenCases['options'][number]['options'], base: GoldenCases): GenerationOptions {
  return {
    beams: options.num_beams,
    maxNewTokens: options.max_new_tokens ?? base.generation.max_new_tokens,
    ...(options.early_stopping === undefined ? {} : { earlyStopping: options.early_stopping }),
    ...(options.no_repeat_ngram_size === undefined ? {} : { noRepeatNgramSize: options.no_repeat_ngram_size }),
    ...(options.length_penalty === undefined ? {} : { lengthPenalty: options.length_penalty }),
  }
}
