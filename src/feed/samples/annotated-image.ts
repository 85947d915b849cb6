import type { PhraseRegionRow, RegionTextRow, TextRow } from '../../../schemas/annotation.js'
import type { ImageRecord } from '../../../schemas/image.js'

/** An image with the rows that are about it. */
export interface AnnotatedImage {
  readonly image: ImageRecord
  readonly text: readonly TextRow[]
  readonly region_text: readonly RegionTextRow[]
  readonly phrase_region: readonly PhraseRegionRow[]
}
