import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import type { Observation, TextRegionObservation } from '../../../schemas/observation.js'
import { clipToImage } from '../boxes/box-overlap.js'
import { quadIou } from '../boxes/quad-overlap.js'
import { type Reject, rejectObservation } from '../reject.js'
import { type DecidedImage, inNameOrder, type Source } from '../source.js'
import { calibratedScore, weightedScore } from './agreement.js'
import { type ObservedText, readText, strongestFirst } from './read-text.js'
import { liesIn, overlapFinder, saysPartOf } from './text-overlap.js'

/**
 * The text regions of all sources that reach the recognition and the detection score, each annotator's own duplicates
 * removed, people's first, then by score. What cannot be used is rejected, all text of an image without its places too.
 */
export function observeTexts(
  image: DecidedImage,
  sources: readonly Source[],
  config: ConsensusConfig,
): { observed: ObservedText[]; rejects: Reject[] } {
  const observed: ObservedText[] = []
  const rejects: Reject[] = []
  for (const source of inNameOrder(sources)) {
    const usable: ObservedText[] = []
    for (const observation of source.observations) {
      if (observation.kind === 'image_text') rejects.push(rejectPlaceless(source, observation))
      if (observation.kind !== 'text_region') continue
      const text = observeText(image, source, observation, config)
      if ('reason' in text) rejects.push(text)
      else usable.push(text)
    }
    const seen = source.human ? { kept: usable, rejects: [] } : withoutDuplicates(usable.sort(strongestFirst), config)
    observed.push(...seen.kept)
    rejects.push(...seen.rejects)
  }
  return { observed: observed.sort(strongestFirst), rejects }
}

function observeText(
  image: DecidedImage,
  source: Source,
  observation: TextRegionObservation,
  config: ConsensusConfig,
): ObservedText | Reject {
  const { annotator, family, human } = source
  const reject = (reason: string, rule: string, failed: Record<string, unknown>): Reject =>
    rejectObservation(source, observation, { reason, rule, failed })
  const label = observation.text.trim()
  const box = clipToImage(observation.box, image)
  if (label === '') return reject('empty_text', 'valid_text', { text: observation.text })
  if (box === null || !observation.quad.every(Number.isFinite)) {
    return reject('box_outside_image', 'valid_box', { box: observation.box, width: image.width, height: image.height })
  }
  const seen = { annotator, family, human, observation, label, box }
  if (human) return readText({ ...seen, score: 1 })
  const calibrated = calibratedScore(annotator, Math.min(1, Math.max(0, observation.score)), box, config)
  const score = weightedScore(annotator, calibrated, config)
  const threshold = config.sources[annotator]?.threshold ?? config.text_score
  // Written so that a score that is no number fails.
  if (!(score >= threshold)) return reject('below_text_score', 'text_score', { score, threshold })
  if (!(observation.box_score >= config.text_box_score)) {
    const failed = { box_score: observation.box_score, threshold: config.text_box_score }
    return reject('below_text_box_score', 'text_box_score', failed)
  }
  return readText({ ...seen, score })
}

/** Words that were read somewhere in the image are no region; the payload keeps them. */
function rejectPlaceless(source: Source, observation: Observation): Reject {
  return rejectObservation(source, observation, { reason: 'no_place', rule: 'text_region', failed: { box: null } })
}

/** What one annotator read twice is kept once: of two that overlap the surer one, and no word of a line beside the line. */
function withoutDuplicates(
  texts: readonly ObservedText[],
  config: ConsensusConfig,
): { kept: ObservedText[]; rejects: Reject[] } {
  const distinct = new Set<ObservedText>()
  const rejects: Reject[] = []
  const overlapping = overlapFinder(texts)
  for (const text of texts) {
    const { quad } = text.observation
    const near = overlapping(text).filter((other) => distinct.has(other))
    const twin = near.find((kept) => quadIou(kept.observation.quad, quad) > config.text_overlap_iou)
    if (twin === undefined) distinct.add(text)
    else rejects.push(rejectTwin(text, twin, 'text_overlap', { iou_above: config.text_overlap_iou }))
  }
  const kept: ObservedText[] = []
  for (const text of distinct) {
    const near = overlapping(text).filter((other) => distinct.has(other))
    const line = near.find((other) => liesIn(text, other, config) && saysPartOf(text, other, config))
    if (line === undefined) kept.push(text)
    else rejects.push(rejectTwin(text, line, 'line_containment', { lowest: config.line_containment }))
  }
  return { kept, rejects }
}

function rejectTwin(text: ObservedText, kept: ObservedText, rule: string, limit: Record<string, number>): Reject {
  const failed = { kept_text: kept.label, kept_score: kept.score, ...limit }
  return rejectObservation(text, text.observation, { reason: 'duplicate_of_annotator', rule, failed })
}
