import type { z } from 'zod'
import type { AgreedRegion } from '../../schemas/annotation.js'
import type { Observation, ObservationKind } from '../../schemas/observation.js'
import type { Raster } from '../models/raster.js'
import type { SessionHost } from '../models/tensor.js'

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
}

/** A kind of annotator: what it is, as data, and how to load one. One folder under workers/ each. */
export interface AnnotatorModule<Options = unknown> {
  /** Name in the registry: `detect`, `ocr`, `caption`. */
  readonly name: string
  /** Part of every digest: raise it when the same files and options would say something else. */
  readonly version: number
  /** The queue it runs on. */
  readonly resource: 'cpu' | 'gpu' | 'io'
  readonly needs: 'image' | 'regions'
  readonly produces: readonly ObservationKind[]
  readonly options: z.ZodType<Options>
  load(context: LoadContext<Options>): Promise<Annotator>
}
