import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { boxIou } from '../../../schemas/geometry.js'
import type { DecidedRegion } from '../regions/decide-regions.js'
import { dispersionOf } from '../regions/dispersion.js'
import { withRegionIds } from '../regions/region-id.js'
import { type Reject, supportOf } from '../reject.js'
import { compareText, type DecidedImage, distinct, type Source } from '../source.js'
import type { DecidedText } from '../texts/decide-texts.js'
import { type ObservedPhrase, observePhrases, type PhraseAnswers } from './observed-phrases.js'
import { namesLabel, nounOfPhrase, type PhraseNoun } from './phrase-noun.js'

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
 * section 4: thresholds on both, and a blacklist of pronouns and abstract nouns). A phrase of several things keeps them
 * all. Pure; the order of sources does not matter.
 */
export function decideGroundedBoxes(question: GroundingQuestion): { grounded: GroundedBox[]; rejects: Reject[] } {
  const { phrases, rejects } = observePhrases(question)
  return { grounded: phrases.flatMap((phrase) => groundPhrase(phrase, question)).sort(byPlace), rejects }
}

/** The boxes of one phrase, the surest first, each taking along other models' of the same thing; for every text that has it. */
function groundPhrase(answers: PhraseAnswers, question: GroundingQuestion): GroundedBox[] {
  const left = [...answers.seen]
  const noun = nounOfPhrase(answers.text, answers.place)
  const found = new Map<string, Omit<GroundedBox, 'text'>>()
  for (let best = left[0]; best !== undefined; best = left[0]) {
    const lead = best
    const together = left.filter((other) => other === lead || isSameThing(lead, other, left, question.config))
    for (const other of together) left.splice(left.indexOf(other), 1)
    const grounded = groundedBox(lead, together, { ...question, noun })
    // Two clusters may be one agreed region.
    const known = found.get(grounded.region.region_id)
    found.set(grounded.region.region_id, known === undefined ? grounded : joined(known, grounded))
  }
  const texts = question.texts.filter(({ text }) => text === answers.text)
  return texts.flatMap((text) => [...found.values()].map((grounded) => ({ text, ...grounded })))
}

/**
 * Whether a box is another model's on the thing of the surer one: at or above `cluster_iou`, and no other box of either
 * model is nearer to it. Two boxes of one model are two things.
 */
function isSameThing(
  lead: ObservedPhrase,
  other: ObservedPhrase,
  left: readonly ObservedPhrase[],
  { cluster_iou }: ConsensusConfig,
): boolean {
  const overlap = boxIou(lead.box, other.box)
  if (other.annotator === lead.annotator || overlap < cluster_iou) return false
  return nearestOf(other.annotator, lead, left) === other && nearestOf(lead.annotator, other, left) === lead
}

/** Of an annotator's boxes the one that overlaps a box most, the surer of equal ones. */
function nearestOf(annotator: string, { box }: ObservedPhrase, left: readonly ObservedPhrase[]): ObservedPhrase | null {
  let [nearest, highest]: [ObservedPhrase | null, number] = [null, 0]
  for (const each of left) {
    const overlap = each.annotator === annotator ? boxIou(each.box, box) : 0
    if (overlap > highest) [nearest, highest] = [each, overlap]
  }
  return nearest
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
  question: GroundingQuestion & { readonly noun: PhraseNoun },
): Omit<GroundedBox, 'text'> {
  const { start, end } = lead.place
  return {
    ...{ start, end },
    region: agreedRegionAt(lead, question) ?? phraseRegion(lead, together, question.image.image_id),
    support: supportOf(together).support,
    phrase_score: Math.max(...together.map(({ score }) => score)),
    box_score: Math.max(...together.map(({ observation }) => observation.box_score)),
  }
}

/**
 * The agreed object that a box is, if any: of those that it overlaps enough the one it overlaps most, or one that the phrase
 * names and that it overlaps nearly as much: `the dog` on a couch is the dog. Equal ones in the order of the regions.
 */
function agreedRegionAt(
  { box }: ObservedPhrase,
  { regions, config, noun }: GroundingQuestion & { readonly noun: PhraseNoun },
): DecidedRegion | null {
  const near = regions
    .filter(({ kind }) => kind === 'object')
    .map((region) => ({ region, iou: boxIou(region.box, box) }))
    .filter(({ iou }) => iou > 0 && iou >= config.phrase_region_iou)
    .sort((a, b) => b.iou - a.iou)
  const lowest = (near[0]?.iou ?? 0) - config.phrase_label_margin
  const named = near.find(({ region, iou }) => iou >= lowest && namesLabel(noun, region.label))
  return (named ?? near[0])?.region ?? null
}

/** A region that only the text speaks of: its box is the surest model's. */
function phraseRegion(lead: ObservedPhrase, together: readonly ObservedPhrase[], image_id: string): DecidedRegion {
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
    dispersion: dispersionOf(lead.box, together),
    is_group: null,
    alternatives: [],
    candidates: together,
  }
  const [named] = withRegionIds(image_id, [region])
  if (named === undefined) throw new RangeError('a region without an id')
  return named
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
