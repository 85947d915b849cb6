import { FldError } from '../../schemas/errors.js'
import { type ByteCache, createByteCache } from '../../src/models/byte-cache.js'
import { entryFile } from '../../src/models/entry-file.js'
import { type ImageProcessor, readImageProcessor } from '../../src/models/pixels/image-processor.js'
import type { Raster } from '../../src/models/pixels/raster.js'
import type { ModelSession, SessionHost } from '../../src/models/sessions/tensor.js'
import { orAborted } from '../../src/storage/abort.js'

/** An image whose features are wanted. */
export interface Florence2Image {
  /** Equal for equal pixels: features are kept under it. */
  readonly key: string
  /** Pixels, after EXIF orientation. */
  readonly width: number
  readonly height: number
  pixels(): Promise<Raster>
}

/** Visual tokens of one image. */
export interface ImageFeatures {
  /** [tokens, width] over shared memory, so that threads read it without a copy. */
  readonly data: Float32Array
  readonly tokens: number
  readonly width: number
}

/** Features of one vision encoder, and how many annotators share them. */
interface SharedFeatures {
  readonly kept: ByteCache<ImageFeatures>
  users: number
}

/** By the session that computes them, of which a host has one for each file. */
const shared = new WeakMap<ModelSession, SharedFeatures>()

/**
 * The vision encoder of a checkpoint. Its features cost far more than all answers about an image, so that they are kept,
 * and shared by all that have the same encoder open: what is asked in a later stage of a run finds them.
 */
export class ImageEncoder {
  readonly #session: ModelSession
  readonly #processor: ImageProcessor
  readonly #features: SharedFeatures
  #closed = false

  private constructor(session: ModelSession, processor: ImageProcessor, byteBudget: number) {
    this.#session = session
    this.#processor = processor
    this.#features = shared.get(session) ?? { kept: featureCache(byteBudget), users: 0 }
    this.#features.users += 1
    shared.set(session, this.#features)
  }

  /** `byteBudget` counts for whoever opens it first. Throws FldError `model_invalid`. */
  static async open(
    files: ReadonlyMap<string, string>,
    { sessions, byteBudget }: { sessions: SessionHost; byteBudget: number },
  ): Promise<ImageEncoder> {
    const [session, processor] = await Promise.all([
      sessions.open(entryFile(files, 'onnx/vision_encoder.onnx')),
      readImageProcessor(files),
    ])
    return new ImageEncoder(session, processor, byteBudget)
  }

  features(image: Florence2Image, signal: AbortSignal): Promise<ImageFeatures> {
    return this.#features.kept.get(image.key, async () => {
      const raster = await orAborted(image.pixels(), signal, 'decoding an image')
      return this.#encode(raster, signal)
    })
  }

  /** The features go with the last of those that share them. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#features.users -= 1
    if (this.#features.users > 0) return
    this.#features.kept.clear()
    if (shared.get(this.#session) === this.#features) shared.delete(this.#session)
  }

  async #encode(raster: Raster, signal: AbortSignal): Promise<ImageFeatures> {
    const { pixelValues } = this.#processor.process([raster])
    const { image_features } = await this.#session.run({ pixel_values: pixelValues }, { signal })
    if (image_features?.type !== 'float32') {
      const there = this.#session.outputNames.join(', ')
      throw new FldError(
        'model_invalid',
        `vision_encoder has no float output image_features; its outputs are: ${there}`,
      )
    }
    const [, tokens = 0, width = 0] = image_features.dims
    const data = new Float32Array(new SharedArrayBuffer(image_features.data.byteLength))
    data.set(image_features.data)
    return { data, tokens, width }
  }
}

/** Of nothing where there is no room. */
function featureCache(byteBudget: number): ByteCache<ImageFeatures> {
  return createByteCache({ byteBudget: Math.max(1, byteBudget), bytesOf: ({ data }) => data.byteLength })
}
