import type { ShardAnnotations } from '../../schemas/annotation.js'
import type { ConsensusConfig } from '../../schemas/consensus-config.js'
import { annotationRows } from './annotation-rows.js'
import { decideRegions, type RegionDecision } from './decide-regions.js'
import { decideTexts } from './decide-texts.js'
import { groundPhrases } from './ground-phrases.js'
import type { Reject } from './reject.js'
import { type DecidedImage, inNameOrder, type Source } from './source.js'

export interface ImageQuestion {
  readonly image: DecidedImage
  readonly shard: string
  readonly round: number
  /** All annotators of the run on this image: detectors, OCR, captioners; also those that failed. */
  readonly sources: readonly Source[]
  /** The regions that the captioners saw, whose ids their phrases name. Decided from `sources` when absent. */
  readonly regions?: RegionDecision
  readonly config: ConsensusConfig
}

/**
 * The annotations of one image, as rows of the four tables. Pure: the same observations and configuration give the same
 * rows, whatever the order of the sources, so that a replay without any model repeats a run.
 */
export function decideImage(question: ImageQuestion): ShardAnnotations {
  const { image, sources } = question
  const regions = question.regions ?? decideRegions(question)
  const texts = decideTexts(image, sources)
  const byId = new Map(regions.regions.map((region) => [region.region_id, region]))
  const phrases = texts.texts.map((text) => groundPhrases(text, byId))
  const rejects = [
    ...inNameOrder(sources).flatMap(rejectFailure),
    ...regions.rejects,
    ...texts.rejects,
    ...phrases.flatMap((each) => each.rejects),
  ]
  const place = { image_id: image.image_id, shard: question.shard, round: question.round }
  const families = new Map(sources.map((source) => [source.annotator, source.family]))
  const grounded = phrases.flatMap((each) => each.grounded)
  return annotationRows(place, { regions: regions.regions, texts: texts.texts, grounded, rejects, families })
}

/** An image that an annotator could not process: not the same as one in which it saw nothing. */
function rejectFailure(source: Source): Reject[] {
  if (source.failure === null) return []
  return [
    {
      kind: 'image',
      stage: 'annotate',
      reason: 'annotator_failed',
      rule: 'annotator_answers',
      support: [source.annotator],
      votes: 1,
      score: 0,
      payload: { annotator: source.annotator },
      failed: { failure: source.failure },
    },
  ]
}
