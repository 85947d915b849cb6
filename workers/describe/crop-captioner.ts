import type { AgreedRegion } from '../../schemas/annotation.js'
import type { RejectedTextObservation } from '../../schemas/observation.js'
import type { Raster } from '../../src/models/pixels/raster.js'

/** A region to be described, with what to look at. */
export interface RegionCrop {
  readonly region: AgreedRegion
  /** The whole image: never written to. */
  readonly raster: Raster
  /** The region and its margin, in pixels of the image, clipped to it. */
  readonly box: AgreedRegion['box']
}

/** What was said of a crop: a text with its score, 0-1, or why what was said is none. */
export type CropText =
  | { readonly usable: true; readonly text: string; readonly score: number }
  | ({ readonly usable: false } & Pick<RejectedTextObservation, 'text' | 'reason' | 'failed'>)

/** Any model that says in a few words what the crop of a region shows. */
export interface CropCaptioner {
  /** The texts of the crops of one image, in their order. Throws when one cannot be had or the signal fires. */
  caption(crops: readonly RegionCrop[], options: { signal: AbortSignal }): Promise<CropText[]>
  close(): Promise<void>
}
