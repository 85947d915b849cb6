import type { AgreedRegion } from '../../../schemas/annotation.js'
import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { type Reject, supportOf, withAnnotator } from '../reject.js'
import type { DecidedImage, Observed, Source } from '../source.js'
import { dispersionOf } from './dispersion.js'
import { type NamedRegion, resolveLabels, type VotedRegion } from './label-conflict.js'
import { mergeWiderLabels, voteUnderNames } from './merge-wider-labels.js'
import { observeObjects } from './observed-objects.js'
import { inReadingOrder } from './reading-order.js'
import { bestFirst, fuseCandidates, isGroup, joinCandidates, type RegionCandidate } from './region-candidates.js'
import { withRegionIds } from './region-id.js'
import { decideTextRegions, type TextRegion } from './text-regions.js'

/** An agreed region with how it was decided. */
export interface DecidedRegion extends AgreedRegion {
  /** Annotators that support it, sorted, and their distinct families. */
  readonly support: readonly string[]
  readonly votes: number
  /** The rule that let it pass. */
  readonly rule: string
  /** 1 - mean IoU between its box and the supporting boxes; null with one supporter. */
  readonly dispersion: number | null
  /** One box around many things; null for text and phrases. */
  readonly is_group: boolean | null
  /** Labels (or readings) that lost on the same box, best first. */
  readonly alternatives: readonly string[]
  /** Every observation that went into it, those too weak to vote included. */
  readonly candidates: readonly Observed[]
}

export interface RegionDecision {
  /** Objects from the highest score down, then text in reading order; ids say what a region is (`withRegionIds`). */
  readonly regions: readonly DecidedRegion[]
  readonly rejects: readonly Reject[]
}

export interface RegionQuestion {
  readonly image: DecidedImage
  readonly sources: readonly Source[]
  readonly config: ConsensusConfig
}

/**
 * What all annotators of an image agree on. Pure; the order of the sources does not matter; every object and text region
 * observation ends among a region's candidates or in a reject's payload. Boxes are pixels inside the image.
 */
export function decideRegions({ image, sources, config }: RegionQuestion): RegionDecision {
  const { observed, rejects, electorate } = observeObjects(image, sources, config)
  const candidates = mergeWiderLabels(joinCandidates(fuseCandidates(observed, config), config), config)
  const voted = candidates.map((region) => voteUnderNames(region, electorate, config))
  const objects = resolveLabels(voted, config)
  const texts = decideTextRegions(image, sources, config)
  return {
    regions: withRegionIds(image.image_id, [
      ...objects.regions.sort((a, b) => bestFirst(a.region, b.region)).map(objectRegion),
      ...inReadingOrder(texts.regions).map(textRegion),
    ]),
    rejects: [...rejects, ...objects.stopped.map(rejectRegion), ...texts.rejects],
  }
}

/**
 * All objects fused and ranked before the vote, best first: what the average precision of the engine is measured on. A
 * looser question than `decideRegions` asks; nothing is rejected for its score.
 */
export function rankCandidates({ image, sources, config }: RegionQuestion): RegionCandidate[] {
  return fuseCandidates(observeObjects(image, sources, config).observed, config)
}

type UnnamedRegion = Omit<DecidedRegion, 'region_id'>

function objectRegion({ region, verdict, alternatives, members }: NamedRegion): UnnamedRegion {
  return {
    kind: 'object',
    label: region.label,
    box: region.box,
    quad: null,
    score: region.score,
    support: verdict.support,
    votes: verdict.votes,
    rule: verdict.rule,
    dispersion: dispersionOf(region.box, verdict.supporters),
    is_group: isGroup(region),
    alternatives,
    candidates: members,
  }
}

function textRegion(text: TextRegion): UnnamedRegion {
  const { quad, box, score, alternatives } = text
  const { support, votes } = supportOf(text.readers)
  return {
    kind: 'text',
    label: text.text,
    box,
    quad,
    score,
    support,
    votes,
    rule: text.readers.some((reader) => reader.human) ? 'human_label' : 'text_score',
    dispersion: dispersionOf(box, text.readers),
    is_group: null,
    alternatives,
    candidates: text.members,
  }
}

function rejectRegion({ region, verdict }: VotedRegion): Reject {
  return {
    kind: 'object',
    stage: 'consensus',
    reason: verdict.reason ?? '',
    rule: verdict.rule,
    support: verdict.support,
    votes: verdict.votes,
    score: region.score,
    payload: { label: region.label, box: region.box, observations: withAnnotator(region.members) },
    failed: verdict.failed,
  }
}
