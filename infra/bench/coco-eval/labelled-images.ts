import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import type { Box } from '../../../schemas/geometry.js'
import type { DecidedImage, Source } from '../../../src/consensus/index.js'
import type { CocoId } from '../../../src/run/coco-truth.js'

/** A box as COCO results have it: label, score, pixels. */
export interface LabelledBox {
  readonly label: string
  readonly score: number
  readonly box: Box
}

/** One labelled photograph and what the detectors said about it. */
export interface LabelledImage {
  readonly coco_id: CocoId
  readonly file_name: string
  /** As the truth names some of its images; null where it names none. */
  readonly part: string | null
  readonly image: DecidedImage
  readonly sources: readonly Source[]
  /** What a run committed; null where nothing is committed and the decision is made here. */
  readonly committed: readonly LabelledBox[] | null
}

/** The photographs and the configuration they were (or are to be) decided with. */
export interface LabelledSet {
  readonly detectors: readonly string[]
  readonly images: readonly LabelledImage[]
  readonly config: ConsensusConfig
}
