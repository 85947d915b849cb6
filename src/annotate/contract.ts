import type { z } from 'zod'
import type { AgreedRegion, AgreedText, RegionTexts } from '../../schemas/annotation.js'
import type { Observation, ObservationKind } from '../../schemas/observation.js'
import type { Raster } from '../models/pixels/raster.js'
import type { SessionHost } from '../models/sessions/tensor.js'

/** One image as an annotator sees it. */
export interface AnnotatorInput {
  readonly image_id: string
  /** Pixels, after EXIF orientation. */
  readonly width: number
  readonly height: number
  /** Decoded once per process and cached; several annotators share the same raster: never write to it. */
  pixels(): Promise<Raster>
  /** Regions agreed on by the earlier stages; empty for annotators that need only the image. */
  readonly regions: readonly AgreedRegion[]
  /** Texts decided on by the earlier stages; empty for annotators that need only the image. */
  readonly texts: readonly AgreedText[]
  /** What the earlier stages offer as texts of regions; empty for annotators that need only the image. */
  readonly regionTexts: readonly RegionTexts[]
}

/** A loaded annotator. */
export interface Annotator {
  /**
   * The observations of each image, in the order of the batch, in pixels of the original image, at a low threshold.
   * Throws when any image of the batch cannot be done (the caller finds out which, by halving) or the signal fires.
   */
  annotate(batch: readonly AnnotatorInput[], options: { signal: AbortSignal }): Promise<Observation[][]>
  dispose(): Promise<void>
}

/** What an annotator is loaded from. */
export interface LoadContext<Options> {
  readonly options: Options
  /** Local paths of the model files, by their path in the pack. */
  readonly files: ReadonlyMap<string, string>
  /** The labels it can say, in the order of its classes; null without a vocabulary. */
  readonly vocabulary: readonly string[] | null
  readonly sessions: SessionHost
  /** For annotators that ask a language model; absent where none is set up. */
  readonly endpoint?: EndpointAddress
  /** A folder for answers that are costly to have twice; absent: they are not kept. */
  readonly cacheFolder?: string
}

/** Where an OpenAI-compatible endpoint is. From the environment of the process, never part of a plan. */
export interface EndpointAddress {
  /** As clients write it: http://host:8000/v1. */
  readonly url: string
  /** Sent as a bearer token; null sends none. */
  readonly key: string | null
}

/** A kind of annotator: what it is, as data, and how to load one. One folder under workers/ each. */
export interface AnnotatorModule<Options = unknown> {
  /** Name in the registry: `detect`, `ocr`, `caption`. */
  readonly name: string
  /** Part of every digest: raise it when the same files and options would say something else. */
  readonly version: number
  /** The queue it runs on. */
  readonly resource: 'cpu' | 'gpu' | 'io'
  /** `image`: nothing but pixels. Else also what the earlier stages decided, of which it looks at regions or texts first. */
  readonly needs: 'image' | 'regions' | 'texts'
  readonly produces: readonly ObservationKind[]
  readonly options: z.ZodType<Options>
  /** Options that say how fast or where, and never what is said: no part of the digest. */
  readonly operational?: readonly string[]
  load(context: LoadContext<Options>): Promise<Annotator>
}
