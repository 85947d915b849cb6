import type { SimilarityObservation } from '../../schemas/observation.js'
import type { Annotator, AnnotatorInput, LoadContext } from '../../src/annotate/contract.js'
import { alikeRuns } from '../../src/models/alike-runs.js'
import { cropRaster, windowAround } from '../../src/models/pixels/crop-raster.js'
import type { Raster } from '../../src/models/pixels/raster.js'
import { severalAtOnce } from '../../src/models/several-at-once.js'
import { orAborted, throwIfAborted } from '../../src/storage/abort.js'
import { type Comparison, comparisonsOf } from './comparisons.js'
import { type ImageTextModel, readImageTextModel } from './image-text-model.js'
import type { SimilarityOptions } from './options.js'
import { type TextEmbeddings, textEmbeddings } from './text-embeddings.js'
import { openTextTower } from './text-tower.js'
import { cosine, unitVector } from './unit-vector.js'
import { openVisionTower, type VisionTower } from './vision-tower.js'

interface Comparer {
  readonly model: ImageTextModel
  readonly texts: TextEmbeddings
  readonly vision: VisionTower
  readonly options: SimilarityOptions
  /** Runs under way at the same time: while some are in a session, the next is prepared. */
  readonly inFlight: number
}

/** A crop has at least this many pixels in each direction, where the image has. */
const leastSide = 4

/** Texts whose embeddings are kept: some megabytes, and far more than a vocabulary's labels. */
const keptTexts = 8192

/**
 * Loads an image-text model of two towers. Throws FldError `model_invalid`, or `config_invalid` where SigLIP's scale and
 * bias are missing.
 */
export async function loadSimilarity(context: LoadContext<SimilarityOptions>): Promise<Annotator> {
  const { options, files, sessions } = context
  const model = await readImageTextModel(files, options)
  const [text, vision] = await Promise.all([openTextTower(context, model), openVisionTower(context, model)])
  const inFlight = sessions.concurrency + 1
  const texts = textEmbeddings(text, { batch: text.batch, inFlight, kept: keptTexts })
  const comparer: Comparer = { model, texts, vision, options, inFlight }
  return {
    annotate: (batch, { signal }) => compareBatch(comparer, batch, signal),
    // The sessions belong to the host, which closes them.
    dispose: async () => texts.clear(),
  }
}

async function compareBatch(
  { model, texts, vision, options, inFlight }: Comparer,
  batch: readonly AnnotatorInput[],
  signal: AbortSignal,
): Promise<SimilarityObservation[][]> {
  const action = 'comparing images with texts'
  throwIfAborted(signal, action)
  const comparisons = batch.map(comparisonsOf)
  const all = comparisons.flat()
  const textVectors = await texts.of(
    all.flatMap((comparison) => comparison.texts),
    signal,
  )
  const observed = new Map<Comparison, SimilarityObservation[]>()
  const doing = { most: inFlight, signal, action }
  await severalAtOnce(alikeRuns(all, vision.batch), doing, async (group, eitherSignal) => {
    const pictures = await Promise.all(group.map((comparison) => pictureOf(comparison, options, eitherSignal)))
    const embeddings = await vision.embed(pictures, eitherSignal)
    for (const [index, comparison] of group.entries()) {
      const picture = unitVector(embeddings[index] ?? new Float32Array())
      observed.set(comparison, observationsOf(comparison, picture, textVectors, model))
    }
  })
  return comparisons.map((ofImage) => ofImage.flatMap((comparison) => observed.get(comparison) ?? []))
}

async function pictureOf(
  { image, region }: Comparison,
  { crop_margin: margin }: SimilarityOptions,
  signal: AbortSignal,
): Promise<Raster> {
  const raster = await orAborted(image.pixels(), signal, 'decoding an image')
  return region === null ? raster : cropRaster(raster, windowAround(region.box, raster, { margin, leastSide }))
}

function observationsOf(
  { region, texts }: Comparison,
  picture: Float32Array,
  textVectors: ReadonlyMap<string, Float32Array>,
  model: ImageTextModel,
): SimilarityObservation[] {
  return texts.flatMap((text) => {
    const vector = textVectors.get(text)
    if (vector === undefined) return []
    const nearness = cosine(vector, picture)
    return {
      kind: 'similarity',
      region_id: region?.region_id ?? null,
      text,
      score: model.score(nearness),
      cosine: nearness,
    }
  })
}
