import { readImageProcessor } from '../../src/models/pixels/image-processor.js'
import type { Raster } from '../../src/models/pixels/raster.js'
import type { Tensor } from '../../src/models/sessions/tensor.js'
import type { ImageTextModel } from './image-text-model.js'
import { openTower, type TowerContext } from './tower.js'

/** Embeds pictures: whole images, or crops of them. */
export interface VisionTower {
  /** The most pictures of a run. */
  readonly batch: number
  /** In one run; not normalised, in their order. */
  embed(pictures: readonly Raster[], signal: AbortSignal): Promise<Float32Array[]>
  /** The same for pictures that are prepared: [N, 3, height, width], normalised. */
  embedPixels(pixelValues: Tensor, signal: AbortSignal): Promise<Float32Array[]>
}

/** Opens the vision tower with its image processor. Throws FldError `model_invalid`. */
export async function openVisionTower(context: TowerContext, model: ImageTextModel): Promise<VisionTower> {
  const [processor, tower] = await Promise.all([
    readImageProcessor(context.files),
    openTower(context, {
      path: 'onnx/vision_model.onnx',
      input: 'pixel_values',
      others: [],
      output: model.imageOutput,
    }),
  ])
  const embedPixels: VisionTower['embedPixels'] = (pixelValues, signal) =>
    tower.embed({ pixel_values: pixelValues }, signal)
  return {
    batch: tower.batch,
    embedPixels,
    embed: async (pictures, signal) => embedPixels(processor.process(pictures).pixelValues, signal),
  }
}
