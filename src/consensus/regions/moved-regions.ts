import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { boxIou } from '../../../schemas/geometry.js'
import type { Observation } from '../../../schemas/observation.js'
import { wider } from '../../../schemas/vocabularies/index.js'
import type { Source } from '../source.js'
import { type DecidedRegion, decideRegions, type RegionQuestion } from './decide-regions.js'

/**
 * The sources of an image with what was said about its regions (captions of crops, masks, similarities, phrases of captions)
 * tied to the regions of `regions`, where other rules (`under`) had agreed on those that were shown: to the region of the
 * same thing that overlaps most, at or above `moved_region_iou`. What was said of a region that is nowhere any more stays
 * as it is, and is rejected where it is used.
 */
export function followMovedRegions(
  question: RegionQuestion & { readonly under: ConsensusConfig },
  regions: readonly DecidedRegion[],
): readonly Source[] {
  const { sources, config, under } = question
  if (!sources.some(({ observations }) => observations.some(isAboutRegions))) return sources
  const known = new Set(regions.map(({ region_id }) => region_id))
  const moved = new Map<string, string>()
  for (const shown of decideRegions({ ...question, config: under }).regions) {
    if (known.has(shown.region_id)) continue
    const now = whereItIs(shown, regions, config)
    if (now !== null) moved.set(shown.region_id, now.region_id)
  }
  if (moved.size === 0) return sources
  return sources.map((source) => ({ ...source, observations: source.observations.map((said) => follow(said, moved)) }))
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
