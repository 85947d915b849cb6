import { readFile } from 'node:fs/promises'
import type { SimilarityObservation } from '../../../schemas/observation.js'
import type { Annotator, AnnotatorInput, LoadContext } from '../../../src/annotate/contract.js'
import { decodeImage } from '../../../src/models/pixels/decode-image.js'
import type { SessionHost, Tensor } from '../../../src/models/sessions/tensor.js'
import { similarity } from '../../../workers/similarity/index.js'
import type { SimilarityOptions } from '../../../workers/similarity/options.js'
import { type Decided, rasterInput } from '../../annotate/annotator-conformance.js'
import { referencePath } from '../../reference-data.js'

const folder = 'golden/specialists'
export const referenceNeeds = [`${folder}/clip`, `${folder}/siglip`, `${folder}/images`]
export const referenceModels = ['clip', 'siglip'] as const
export type ReferenceModel = (typeof referenceModels)[number]

/** One pack's answers under one name each, whatever the family calls them. */
export interface Golden {
  readonly images: readonly string[]
  readonly texts: readonly string[]
  readonly pixelShape: readonly number[]
  /** Not normalised. */
  readonly textEmbeddings: readonly (readonly number[])[]
  readonly imageEmbeddings: readonly (readonly number[])[]
  /** [images][texts]. */
  readonly logits: readonly (readonly number[])[]
  /** The reference's cosines; from the logits where the pack has none. */
  readonly cosines: readonly (readonly number[])[]
  /** SigLIP's probabilities; CLIP's cosines where they are positive. */
  readonly scores: readonly (readonly number[])[]
  readonly scale: number
  readonly bias: number
}

interface ExpectedFile {
  readonly images: string[]
  readonly texts: string[]
  readonly pixel_values: { readonly shape: number[] }
  readonly logits_per_image: number[][]
  readonly text_embeds?: number[][]
  readonly image_embeds?: number[][]
  readonly cosine?: number[][]
  readonly logit_scale?: number
  readonly text_pooler_output?: number[][]
  readonly image_pooler_output?: number[][]
  readonly logit_scale_exp?: number
  readonly logit_bias?: number
  readonly sigmoid_probs?: number[][]
}

export async function readGolden(name: ReferenceModel): Promise<Golden> {
  const file = JSON.parse(await readFile(referencePath(`${folder}/${name}/expected.json`), 'utf8')) as ExpectedFile
  const scale = file.logit_scale ?? file.logit_scale_exp ?? Number.NaN
  const bias = file.logit_bias ?? 0
  const cosines = file.cosine ?? file.logits_per_image.map((row) => row.map((logit) => (logit - bias) / scale))
  return {
    images: file.images,
    texts: file.texts,
    pixelShape: file.pixel_values.shape,
    textEmbeddings: file.text_embeds ?? file.text_pooler_output ?? [],
    imageEmbeddings: file.image_embeds ?? file.image_pooler_output ?? [],
    logits: file.logits_per_image,
    cosines,
    scores: file.sigmoid_probs ?? cosines.map((row) => row.map((cosine) => Math.max(0, cosine))),
    scale,
    bias,
  }
}

/** The prepared pixels of all images, [N, 3, height, width]. */
export async function readPixelValues(name: ReferenceModel, dims: readonly number[]): Promise<Tensor> {
  const bytes = await readFile(referencePath(`${folder}/${name}/pixel_values.f32`))
  return { type: 'float32', data: new Float32Array(new Uint8Array(bytes).buffer), dims }
}

/** What a model is loaded from, with the options that its family needs and `more`. */
export async function referenceContext(
  name: ReferenceModel,
  sessions: SessionHost,
  more: Partial<SimilarityOptions> = {},
): Promise<LoadContext<SimilarityOptions>> {
  const { scale, bias } = await readGolden(name)
  const needed = name === 'siglip' ? { logit_scale: scale, logit_bias: bias } : {}
  return {
    options: similarity.options.parse({ ...needed, ...more }),
    files: referenceFiles(name),
    vocabulary: null,
    sessions,
  }
}

export function referenceFiles(name: ReferenceModel): Map<string, string> {
  const paths = [
    'config.json',
    'preprocessor_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'onnx/text_model.onnx',
    'onnx/vision_model.onnx',
  ]
  return new Map(paths.map((path) => [path, referencePath(`${folder}/${name}/${path}`)]))
}

export async function referenceImage(name: string, decided: Decided = {}): Promise<AnnotatorInput> {
  const bytes = await readFile(referencePath(`${folder}/images/${name}`))
  return rasterInput(name, await decodeImage(bytes), decided)
}

/** The same texts for the whole image, as an earlier stage decides on them. */
export function briefTexts(texts: readonly string[]): Pick<AnnotatorInput, 'texts'> {
  return { texts: texts.map((text) => ({ granularity: 'brief', text, phrases: [] })) }
}

export async function compare(
  annotator: Annotator,
  images: readonly AnnotatorInput[],
): Promise<SimilarityObservation[][]> {
  const observed = await annotator.annotate(images, { signal: new AbortController().signal })
  return observed.map((ofImage) => ofImage.filter((observation) => observation.kind === 'similarity'))
}
