import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { boxIou } from '../../../schemas/geometry.js'
import type { Observation } from '../../../schemas/observation.js'
import { wider } from '../../../schemas/vocabularies/index.js'
import type { Reject } from '../reject.js'
import type { Source } from '../source.js'
import { withoutLostTexts } from '../texts/composed-texts.js'
import { type DecidedRegion, decideRegions, type RegionQuestion } from './decide-regions.js'

/** What was said under other rules, as far as it can still be used. */
interface FollowedSources {
  readonly sources: readonly Source[]
  /** Texts that were composed of regions which are agreed on no longer. */
  readonly rejects: readonly Reject[]
}

/**
 * The sources of an image with what was said about its regions (captions of crops, masks, similarities, phrases of captions)
 * tied to the regions of `regions`, where other rules (`under`) had agreed on those that were shown: to the region of the
 * same thing that overlaps most, at or above `moved_region_iou`. What was said of a region that is nowhere any more stays
 * as it is, and is rejected where it is used; texts composed of it are rejected here.
 */
export function followMovedRegions(
  question: RegionQuestion & { readonly under: ConsensusConfig },
  regions: readonly DecidedRegion[],
): FollowedSources {
  const { sources, config, under } = question
  if (!sources.some(({ observations }) => observations.some(isAboutRegions))) return { sources, rejects: [] }
  const shown = decideRegions({ ...question, config: under }).regions
  const { moved, lost } = compareShown(shown, regions, config)
  const standing = withoutLostTexts(sources, lost)
  if (moved.size === 0) return standing
  const followed = standing.sources.map((source) => ({
    ...source,
    observations: source.observations.map((said) => follow(said, moved)),
  }))
  return { ...standing, sources: followed }
}

/** What became of the regions that were shown. */
interface ShownRegions {
  /** Ids then to ids now, of those that have another now. */
  readonly moved: ReadonlyMap<string, string>
  /**
   * Those that a count or a name is no longer true of: that are nowhere, that have become one with another, or that are
   * agreed on under a wider name only.
   */
  readonly lost: ReadonlySet<string>
}

function compareShown(
  shown: readonly DecidedRegion[],
  regions: readonly DecidedRegion[],
  config: ConsensusConfig,
): ShownRegions {
  const known = new Set(regions.map(({ region_id }) => region_id))
  const moved = new Map<string, string>()
  const lost = new Set<string>()
  const taken = new Set(shown.map(({ region_id }) => region_id).filter((id) => known.has(id)))
  for (const region of shown) {
    if (known.has(region.region_id)) continue
    const now = whereItIs(region, regions, config)
    if (now !== null) moved.set(region.region_id, now.region_id)
    if (now === null || taken.has(now.region_id) || wider(region.label).includes(now.label)) lost.add(region.region_id)
    else taken.add(now.region_id)
  }
  return { moved, lost }
}

/** The first of those that overlap it most. */
function whereItIs(
  shown: DecidedRegion,
  regions: readonly DecidedRegion[],
  { moved_region_iou }: ConsensusConfig,
): DecidedRegion | null {
  let [best, highest]: [DecidedRegion | null, number] = [null, 0]
  for (const region of regions) {
    const overlap = isSameThing(shown, region) ? boxIou(shown.box, region.box) : 0
    if (overlap < moved_region_iou || overlap <= highest) continue
    best = region
    highest = overlap
  }
  return best
}

/** Text is what was read; objects may have got a wider or a narrower name. */
function isSameThing(a: DecidedRegion, b: DecidedRegion): boolean {
  if (a.kind !== b.kind) return false
  if (a.label === b.label) return true
  return a.kind === 'object' && (wider(a.label).includes(b.label) || wider(b.label).includes(a.label))
}

function isAboutRegions(said: Observation): boolean {
  return said.kind === 'caption' ? said.phrases.length > 0 : 'region_id' in said && said.region_id !== null
}

function follow(said: Observation, moved: ReadonlyMap<string, string>): Observation {
  const now = (id: string): string => moved.get(id) ?? id
  switch (said.kind) {
    case 'caption':
      return {
        ...said,
        phrases: said.phrases.map((phrase) => ({ ...phrase, region_ids: [...new Set(phrase.region_ids.map(now))] })),
      }
    case 'region_caption':
    case 'mask':
      return { ...said, region_id: now(said.region_id) }
    case 'similarity':
    case 'rejected_text':
      return said.region_id === null ? said : { ...said, region_id: now(said.region_id) }
    default:
      return said
  }
}
