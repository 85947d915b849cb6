import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import {
  bestPerImage,
  cocoFigures,
  type Detection,
  judge,
  type PrecisionRecall,
  precisionRecall,
  type Truth,
} from '../../measure/index.js'
import { decideRegions, rankCandidates } from '../regions/decide-regions.js'
import type { AnnotatedImage } from './calibration-samples.js'

/** How well a configuration decides on labelled images. */
export interface FusedFigures {
  /** COCO's average precision of all fused candidates, before the vote; null where no true box was to be found. */
  readonly ap: number | null
  /** Of the regions that pass the vote, at IoU .5, labels pooled. */
  readonly regions: PrecisionRecall
}

interface LabelledImages {
  readonly images: readonly AnnotatedImage[]
  readonly truth: Truth
}

/** What the machines among the annotators come to under a configuration: people's labels are the truth, and do not vote. */
export function fusedFigures(labelled: LabelledImages, config: ConsensusConfig): FusedFigures {
  const passed = detectionsOf(labelled, (question) =>
    decideRegions({ ...question, config }).regions.filter(({ kind }) => kind === 'object'),
  )
  return { ap: fusedPrecision(labelled, config), regions: precisionRecall(judge(labelled.truth, passed)) }
}

/** COCO's average precision of the fused candidates, 0-1; null where no true box was to be found. */
export function fusedPrecision(labelled: LabelledImages, config: ConsensusConfig): number | null {
  const ranked = detectionsOf(labelled, (question) => rankCandidates({ ...question, config }).slice(0, bestPerImage))
  return cocoFigures(labelled.truth, ranked).ap
}

function detectionsOf(
  { images }: LabelledImages,
  found: (image: AnnotatedImage) => readonly Omit<Detection, 'image'>[],
): Detection[] {
  return images.flatMap(({ image, sources }) => {
    const seen = found({ image, sources: sources.filter(({ human }) => !human) })
    return seen.map(({ label, score, box }) => ({ image: image.image_id, label, score, box }))
  })
}
