import type { AgreedRegion } from '../../schemas/annotation.js'
import { FldError } from '../../schemas/errors.js'
import type { Observation } from '../../schemas/observation.js'
import type { Annotator, AnnotatorInput, LoadContext } from '../../src/annotate/contract.js'
import { alikeRuns } from '../../src/models/alike-runs.js'
import { entryFile } from '../../src/models/entry-file.js'
import {
  type ImageProcessor,
  type ProcessedFrame,
  readImageProcessor,
} from '../../src/models/pixels/image-processor.js'
import type { PixelSize } from '../../src/models/pixels/resize.js'
import type { ModelSession, Tensor, Tensors } from '../../src/models/sessions/tensor.js'
import { severalAtOnce } from '../../src/models/several-at-once.js'
import { orAborted } from '../../src/storage/abort.js'
import { boxAsCorners, boxAsPoints, intoFrame } from './box-prompt.js'
import { type MaskFrame, paddedFrame, regionMask, stretchedFrame } from './mask-frame.js'
import { maskObservation } from './mask-observation.js'
import type { PromptedOptions } from './options.js'
import { type DecodedPrompt, type Prompt, type PromptDecoder, promptDecoder } from './prompt-decoder.js'
import { regionsToMask } from './regions-to-mask.js'

interface Sam {
  readonly processor: ImageProcessor
  readonly encoder: ModelSession
  readonly decoder: PromptDecoder
  readonly options: PromptedOptions
}

/** An image that has been encoded: how it lies in the model's input, and what the decoder takes of it. */
interface EncodedImage {
  readonly frame: ProcessedFrame
  readonly input: PixelSize
  readonly embeddings: Tensors
}

/** A region and its prompt. */
interface Asked {
  readonly region: AgreedRegion
  readonly prompt: Prompt
}

/**
 * Loads SAM (Kirillov et al. 2023, arXiv 2304.02643), SlimSAM or SAM 2 (Ravi et al. 2024, arXiv 2408.00714) from the files
 * of a Transformers.js repository. An image goes through the encoder once, its regions through the decoder in batches.
 * Throws FldError `model_invalid`.
 */
export async function loadSam({ options, files, sessions }: LoadContext<PromptedOptions>): Promise<Annotator> {
  const [encoder, decoding, processor] = await Promise.all([
    sessions.open(entryFile(files, 'onnx/vision_encoder.onnx')),
    sessions.open(entryFile(files, 'onnx/prompt_encoder_mask_decoder.onnx')),
    readImageProcessor(files),
  ])
  if (encoder.inputNames.join() !== 'pixel_values') {
    throw new FldError(
      'model_invalid',
      `SAM's encoder takes pixel_values; this one takes ${encoder.inputNames.join(', ')}`,
    )
  }
  const sam: Sam = { processor, encoder, decoder: promptDecoder(decoding, encoder.outputNames), options }
  const most = sessions.concurrency + 1
  return {
    annotate: (batch, { signal }) =>
      severalAtOnce(batch, { most, signal, action: 'masking regions' }, (image, either) =>
        maskRegions(sam, image, either),
      ),
    // The sessions belong to the host, which closes them.
    dispose: async () => {},
  }
}

async function maskRegions(sam: Sam, image: AnnotatorInput, signal: AbortSignal): Promise<Observation[]> {
  const regions = regionsToMask(image.regions, sam.options)
  if (regions.length === 0) return []
  const encoded = await encode(sam, image, signal)
  const asked = regions.map((region) => ({ region, prompt: promptOf(region, encoded.frame, sam) }))
  // Of one run have equally many points: a prompt filled up with points that say nothing would have another answer than alone.
  const most = Math.min(sam.options.prompt_batch, sam.decoder.mostPrompts)
  const runs = alikeRuns(asked, most, ({ prompt }) => String(prompt.labels.length))
  const found = new Map<string, Observation>()
  for (const [index, run] of runs.entries()) {
    const embeddings = index === runs.length - 1 ? encoded.embeddings : copied(encoded.embeddings)
    const decoded = await sam.decoder.decode(
      run.map(({ prompt }) => prompt),
      embeddings,
      signal,
    )
    for (const observation of observationsOf(run, decoded, encoded, sam.options))
      found.set(observation.region_id, observation)
  }
  return regions.flatMap(({ region_id }) => found.get(region_id) ?? [])
}

async function encode(
  { processor, encoder, decoder }: Sam,
  image: AnnotatorInput,
  signal: AbortSignal,
): Promise<EncodedImage> {
  const raster = await orAborted(image.pixels(), signal, 'decoding an image')
  const { pixelValues, frames } = processor.process([raster])
  const [frame] = frames
  if (frame === undefined) throw new FldError('internal', `no frame for image ${image.image_id}`)
  const [height = 0, width = 0] = pixelValues.dims.slice(-2)
  const embeddings = await encoder.run({ pixel_values: pixelValues }, { signal, outputs: decoder.embeddings })
  return { frame, input: { width, height }, embeddings }
}

function promptOf({ box }: AgreedRegion, frame: ProcessedFrame, { decoder, options }: Sam): Prompt {
  if (decoder.takesBoxes) return { points: [], labels: [], box: intoFrame(box, frame) }
  const points = options.prompt === 'corners' ? boxAsCorners(box) : boxAsPoints(box, frame)
  return {
    points: intoFrame(
      points.flatMap(({ x, y }) => [x, y]),
      frame,
    ),
    labels: points.map(({ label }) => label),
    box: null,
  }
}

/** A run takes its inputs away. */
function copied(tensors: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() } as Tensor]),
  )
}

function observationsOf(
  run: readonly Asked[],
  decoded: readonly DecodedPrompt[],
  encoded: EncodedImage,
  options: PromptedOptions,
) {
  const [grid] = decoded[0]?.masks ?? []
  if (grid === undefined) return []
  const frame = maskFrame(grid, encoded, options)
  return run.flatMap(({ region }, index) => {
    const answer = decoded[index]
    if (answer === undefined || !hasObject(answer, options)) return []
    const found = regionMask(answer, region.box, frame, options.stability_offset)
    return (found && maskObservation({ region_id: region.region_id, ...found }, options)) ?? []
  })
}

function maskFrame(grid: PixelSize, { frame, input }: EncodedImage, { model }: PromptedOptions): MaskFrame {
  return model === 'sam2' ? stretchedFrame(grid, frame) : paddedFrame(grid, input, frame)
}

function hasObject({ objectScore }: DecodedPrompt, options: PromptedOptions): boolean {
  return options.model !== 'sam2' || objectScore >= options.object_score_min
}
