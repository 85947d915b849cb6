import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import type { TextRegionObservation } from '../../../schemas/observation.js'
import { clipToImage } from '../boxes/box-overlap.js'
import { quadArea, quadContainment, quadIou } from '../boxes/quad-overlap.js'
import { type Reject, rejectObservation } from '../reject.js'
import { compareObserved, type DecidedImage, inNameOrder, type Observed, type Source } from '../source.js'
import { calibratedScore, weightedScore } from './agreement.js'
import { partSimilarity, readingKey } from './reading-similarity.js'

export type ObservedText = Observed<TextRegionObservation>

/**
 * The text regions of all sources that reach the recognition and the detection score, each annotator's own duplicates
 * removed, people's first, then by score. What cannot be used is rejected.
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

/** People first, then by score. */
export function strongestFirst(a: ObservedText, b: ObservedText): number {
  return Number(b.human) - Number(a.human) || b.score - a.score || compareObserved(a, b)
}

/** Whether a reading's quad is smaller and lies in another's. */
export function liesIn(part: ObservedText, line: ObservedText, config: ConsensusConfig): boolean {
  const [inner, outer] = [part.observation.quad, line.observation.quad]
  const share = quadContainment(inner, outer)
  return share > 0 && share >= config.line_containment && quadArea(inner) < quadArea(outer)
}

/** Whether a reading's text is near a part of another's. */
export function saysPartOf(part: ObservedText, line: ObservedText, config: ConsensusConfig): boolean {
  return partSimilarity(readingKey(part.label), readingKey(line.label)) >= config.reading_similarity
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
  if (human) return { annotator, family, human, observation, label, score: 1, box }
  const calibrated = calibratedScore(annotator, Math.min(1, Math.max(0, observation.score)), box, config)
  const score = weightedScore(annotator, calibrated, config)
  const threshold = config.sources[annotator]?.threshold ?? config.text_score
  // Written so that a score that is no number fails.
  if (!(score >= threshold)) return reject('below_text_score', 'text_score', { score, threshold })
  if (!(observation.box_score >= config.text_box_score)) {
    const failed = { box_score: observation.box_score, threshold: config.text_box_score }
    return reject('below_text_box_score', 'text_box_score', failed)
  }
  return { annotator, family, human, observation, label, score, box }
}

/** What one annotator read twice is kept once: of two that overlap the surer one, and no word of a line beside the line. */
function withoutDuplicates(
  texts: readonly ObservedText[],
  config: ConsensusConfig,
): { kept: ObservedText[]; rejects: Reject[] } {
  const distinct: ObservedText[] = []
  const rejects: Reject[] = []
  for (const text of texts) {
    const { quad } = text.observation
    const twin = distinct.find((kept) => quadIou(kept.observation.quad, quad) > config.text_overlap_iou)
    if (twin === undefined) distinct.push(text)
    else rejects.push(rejectTwin(text, twin, 'text_overlap', { iou_above: config.text_overlap_iou }))
  }
  const kept: ObservedText[] = []
  for (const text of distinct) {
    const line = distinct.find((other) => liesIn(text, other, config) && saysPartOf(text, other, config))
    if (line === undefined) kept.push(text)
    else rejects.push(rejectTwin(text, line, 'line_containment', { lowest: config.line_containment }))
  }
  return { kept, rejects }
}

function rejectTwin(text: ObservedText, kept: ObservedText, rule: string, limit: Record<string, number>): Reject {
  const failed = { kept_text: kept.label, kept_score: kept.score, ...limit }
  return rejectObservation(text, text.observation, { reason: 'duplicate_of_annotator', rule, failed })
}
