import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { boxIou } from '../../../schemas/geometry.js'
import type { GroundedPhraseObservation } from '../../../schemas/observation.js'
import { clipToImage } from '../boxes/box-overlap.js'
import type { DecidedRegion } from '../regions/decide-regions.js'
import { withRegionIds } from '../regions/region-id.js'
import { type Reject, rejectObservation, supportOf } from '../reject.js'
import {
  compareObserved,
  compareText,
  type DecidedImage,
  distinct,
  inNameOrder,
  type Observed,
  type Source,
} from '../source.js'
import type { DecidedText } from '../texts/decide-texts.js'

type ObservedPhrase = Observed<GroundedPhraseObservation>

/** A phrase of a text and the region that grounding models found for it. */
export interface GroundedBox {
  readonly text: DecidedText
  readonly start: number
  readonly end: number
  /** An agreed region, or one of kind `phrase` of the grounding models' own. */
  readonly region: DecidedRegion
  readonly support: readonly string[]
  /** The highest that any model gave: for the phrase, and for the box. */
  readonly phrase_score: number
  readonly box_score: number
}

export interface GroundingQuestion {
  readonly image: DecidedImage
  readonly sources: readonly Source[]
  readonly texts: readonly DecidedText[]
  /** Agreed objects and texts. */
  readonly regions: readonly DecidedRegion[]
  readonly config: ConsensusConfig
}

/**
 * What grounding models found for the phrases of an image's texts: thresholds on phrase and on box, the blacklist, boxes
 * of several models on one thing as one, and boxes that are an agreed region taken as that region (arXiv 2311.06242,
 * section 4: thresholds on both, and a blacklist of pronouns and abstract nouns). Pure; the order of sources does not matter.
 */
export function decideGroundedBoxes(question: GroundingQuestion): { grounded: GroundedBox[]; rejects: Reject[] } {
  const places = new Map<string, ObservedPhrase[]>()
  const rejects: Reject[] = []
  for (const source of inNameOrder(question.sources)) {
    for (const observation of source.observations) {
      if (observation.kind !== 'grounded_phrase') continue
      const seen = usablePhrase(source, observation, question)
      if ('reason' in seen) {
        rejects.push(seen)
        continue
      }
      const place = JSON.stringify([observation.text, observation.start, observation.end])
      places.set(place, [...(places.get(place) ?? []), seen])
    }
  }
  const grounded = [...places.values()].flatMap((seen) => groundPlace(seen, question))
  return { grounded: grounded.sort(byPlace), rejects }
}

function usablePhrase(
  source: Source,
  observation: GroundedPhraseObservation,
  { image, config, texts }: GroundingQuestion,
): ObservedPhrase | Reject {
  const { start, end, score, box_score } = observation
  const because = (reason: string, rule: string, failed: Record<string, unknown>) =>
    rejectObservation(source, observation, { reason, rule, failed })
  const phrase = observation.text.slice(start, end)
  if (!texts.some(({ text }) => text === observation.text)) {
    return because('text_not_agreed', 'phrase_region', { text: observation.text })
  }
  if (start >= end || end > observation.text.length || phrase.trim() === '') {
    return because('span_outside_text', 'phrase_span', { start, end, length: observation.text.length })
  }
  if (config.phrase_blacklist.includes(phrase.trim().toLowerCase())) {
    return because('blacklisted_phrase', 'phrase_blacklist', { phrase })
  }
  if (!(score >= config.phrase_score)) {
    return because('below_phrase_score', 'phrase_score', { score, lowest: config.phrase_score })
  }
  if (!(box_score >= config.phrase_box_score)) {
    return because('below_phrase_box_score', 'phrase_box_score', { box_score, lowest: config.phrase_box_score })
  }
  const box = clipToImage(observation.box, image)
  if (box === null) return because('box_outside_image', 'valid_box', { box: observation.box, ...sizeOf(image) })
  const { annotator, family, human } = source
  return { annotator, family, human, observation, label: phrase, score, box }
}

function sizeOf({ width, height }: DecidedImage) {
  return { width, height }
}

/** The boxes of one phrase, the surest first, each taking along those of `cluster_iou` with it; for every text that has it. */
function groundPlace(seen: readonly ObservedPhrase[], question: GroundingQuestion): GroundedBox[] {
  const left = [...seen].sort(surestFirst)
  const found = new Map<string, Omit<GroundedBox, 'text'>>()
  for (let best = left[0]; best !== undefined; best = left[0]) {
    const lead = best
    const together = left.filter(
      (other) => other === lead || boxIou(other.box, lead.box) >= question.config.cluster_iou,
    )
    for (const other of together) left.splice(left.indexOf(other), 1)
    const grounded = groundedBox(lead, together, question)
    // Two clusters may be one agreed region.
    const known = found.get(grounded.region.region_id)
    found.set(grounded.region.region_id, known === undefined ? grounded : joined(known, grounded))
  }
  const texts = question.texts.filter(({ text }) => text === seen[0]?.observation.text)
  return texts.flatMap((text) => [...found.values()].map((grounded) => ({ text, ...grounded })))
}

function joined(surer: Omit<GroundedBox, 'text'>, other: Omit<GroundedBox, 'text'>): Omit<GroundedBox, 'text'> {
  return {
    ...surer,
    support: distinct([...surer.support, ...other.support]),
    phrase_score: Math.max(surer.phrase_score, other.phrase_score),
    box_score: Math.max(surer.box_score, other.box_score),
  }
}

function groundedBox(
  lead: ObservedPhrase,
  together: readonly ObservedPhrase[],
  question: GroundingQuestion,
): Omit<GroundedBox, 'text'> {
  const { start, end } = lead.observation
  return {
    ...{ start, end },
    region: agreedRegionAt(lead, question) ?? phraseRegion(lead, together, question.image.image_id),
    support: supportOf(together).support,
    phrase_score: Math.max(...together.map(({ score }) => score)),
    box_score: Math.max(...together.map(({ observation }) => observation.box_score)),
  }
}

/** The agreed object that a box is, if any: the one it overlaps most. */
function agreedRegionAt({ box }: ObservedPhrase, { regions, config }: GroundingQuestion): DecidedRegion | null {
  let best: DecidedRegion | null = null
  let highest = config.phrase_region_iou
  for (const region of regions) {
    const overlap = region.kind === 'object' ? boxIou(region.box, box) : 0
    if (overlap === 0 || overlap < highest || (overlap === highest && best !== null)) continue
    best = region
    highest = overlap
  }
  return best
}

/** A region that only the text speaks of: its box is the surest model's. */
function phraseRegion(lead: ObservedPhrase, together: readonly ObservedPhrase[], image_id: string): DecidedRegion {
  const overlaps = together.map((other) => boxIou(lead.box, other.box))
  const { support, votes } = supportOf(together)
  const region = {
    kind: 'phrase' as const,
    label: lead.label,
    box: lead.box,
    quad: null,
    score: Math.min(1, lead.observation.box_score),
    support,
    votes,
    rule: 'phrase_grounded',
    dispersion: support.length > 1 ? 1 - overlaps.reduce((sum, each) => sum + each, 0) / overlaps.length : null,
    alternatives: [],
    candidates: together,
  }
  const [named] = withRegionIds(image_id, [region])
  if (named === undefined) throw new RangeError('a region without an id')
  return named
}

function surestFirst(a: ObservedPhrase, b: ObservedPhrase): number {
  return b.observation.box_score - a.observation.box_score || b.score - a.score || compareObserved(a, b)
}

function byPlace(a: GroundedBox, b: GroundedBox): number {
  return (
    compareText(a.text.text_id, b.text.text_id) ||
    a.start - b.start ||
    a.end - b.end ||
    b.box_score - a.box_score ||
    compareText(a.region.region_id, b.region.region_id)
  )
}
