import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import type { Box, Quad } from '../../../schemas/geometry.js'
import type { TextRegionObservation } from '../../../schemas/observation.js'
import { clipToImage } from '../boxes/box-overlap.js'
import { quadIou } from '../boxes/quad-overlap.js'
import { type Reject, rejectObservation } from '../reject.js'
import { compareObserved, type DecidedImage, distinct, inNameOrder, type Observed, type Source } from '../source.js'
import { agreedScore, calibratedScore } from './agreement.js'

export type ObservedText = Observed<TextRegionObservation>

/** One place with text: the reading with most support, and the others. */
export interface TextRegion {
  readonly text: string
  readonly quad: Quad
  readonly box: Box
  /** Agreed recognition score of those who read the same. */
  readonly score: number
  readonly readers: readonly ObservedText[]
  readonly alternatives: readonly string[]
  /** Readers and those who read something else here. */
  readonly members: readonly ObservedText[]
}

/**
 * The text regions of an image: each observation must reach the recognition and the detection score; what one annotator
 * read twice is kept once; where several read the same place, the text of most families is taken, then of the best score.
 */
export function decideTextRegions(
  image: DecidedImage,
  sources: readonly Source[],
  config: ConsensusConfig,
): { regions: TextRegion[]; rejects: Reject[] } {
  const rejects: Reject[] = []
  const observed: ObservedText[] = []
  for (const source of inNameOrder(sources)) {
    for (const observation of source.observations) {
      if (observation.kind !== 'text_region') continue
      const text = observeText(image, source, observation, config)
      if ('reason' in text) rejects.push(text)
      else observed.push(text)
    }
  }
  const places: ObservedText[][] = []
  for (const text of observed.sort(byScore)) {
    const place = places.find((group) => overlaps(group, text, config.text_overlap_iou))
    const twin = place?.find((other) => other.annotator === text.annotator)
    if (place === undefined) places.push([text])
    else if (twin === undefined) place.push(text)
    else rejects.push(rejectTwin(text, twin, config))
  }
  return { regions: places.map(toRegion), rejects }
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
  const score = calibratedScore(annotator, Math.min(1, Math.max(0, observation.score)), config)
  const threshold = config.sources[annotator]?.threshold ?? config.text_score
  // Written so that a score that is no number fails.
  if (!(score >= threshold)) return reject('below_text_score', 'text_score', { score, threshold })
  if (!(observation.box_score >= config.text_box_score)) {
    const failed = { box_score: observation.box_score, threshold: config.text_box_score }
    return reject('below_text_box_score', 'text_box_score', failed)
  }
  return { annotator, family, human, observation, label, score, box }
}

function overlaps(group: readonly ObservedText[], text: ObservedText, iou: number): boolean {
  const strongest = group[0]
  return strongest !== undefined && quadIou(strongest.observation.quad, text.observation.quad) > iou
}

function rejectTwin(text: ObservedText, kept: ObservedText, config: ConsensusConfig): Reject {
  const failed = { kept_text: kept.label, kept_score: kept.score, iou_above: config.text_overlap_iou }
  const because = { reason: 'duplicate_of_annotator', rule: 'text_overlap', failed }
  return rejectObservation(text, text.observation, because)
}

function toRegion(members: readonly ObservedText[]): TextRegion {
  const readings = distinct(members.map(readingKey)).map((key) => {
    const readers = members.filter((member) => readingKey(member) === key)
    return { readers, families: new Set(readers.map((reader) => reader.family)).size, score: agreedScore(readers) }
  })
  readings.sort((a, b) => b.families - a.families || b.score - a.score)
  const { readers, score } = readings[0] ?? { readers: members, score: 0 }
  const best = readers[0]
  return {
    text: best?.label ?? '',
    quad: best?.observation.quad ?? [],
    box: best?.box ?? [0, 0, 0, 0],
    score,
    readers,
    alternatives: readings.slice(1).map((reading) => reading.readers[0]?.label ?? ''),
    members,
  }
}

/** Readings that differ in spaces or in the composition of their characters only are the same. */
function readingKey(text: ObservedText): string {
  return text.label.normalize('NFC').replace(/\s+/g, '')
}

function byScore(a: ObservedText, b: ObservedText): number {
  return Number(b.human) - Number(a.human) || b.score - a.score || compareObserved(a, b)
}
