import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { boxIou } from '../../../schemas/geometry.js'
import type { Observation, ProposedRegionObservation } from '../../../schemas/observation.js'
import { type Reject, rejectObservation } from '../reject.js'
import { inNameOrder, type Source } from '../source.js'
import type { DecidedRegion } from './decide-regions.js'

/**
 * Proposed boxes joined to the agreed objects that they overlap most: what was said of a box stands beside the captions of
 * its region's crop. The sources come back with such captions instead of the proposals. A box that is no agreed object is
 * rejected with its nearest, and one without words with its object: it adds nothing to it.
 */
export function proposedCaptions(
  sources: readonly Source[],
  regions: readonly DecidedRegion[],
  { proposed_region_iou: lowest }: ConsensusConfig,
): { sources: Source[]; rejects: Reject[] } {
  const objects = regions.filter(({ kind }) => kind === 'object')
  const rejects: Reject[] = []
  const joined = inNameOrder(sources).map((source): Source => {
    if (!source.observations.some(({ kind }) => kind === 'proposed_region')) return source
    const observations = source.observations.flatMap((seen): Observation[] => {
      if (seen.kind !== 'proposed_region') return [seen]
      const { region, iou } = mostOverlapped(seen, objects)
      if (region === null || iou < lowest) {
        const failed = { iou, lowest, nearest: region?.region_id ?? null }
        rejects.push(rejectObservation(source, seen, { reason: 'no_region', rule: 'proposed_region', failed }))
        return []
      }
      const { region_id } = region
      const { text, score } = seen
      if (text !== null) return [{ kind: 'region_caption', region_id, text, score }]
      const because = { reason: 'nothing_said', rule: 'proposed_region', failed: { region_id, iou } }
      rejects.push(rejectObservation(source, seen, because))
      return []
    })
    return { ...source, observations }
  })
  return { sources: joined, rejects }
}

/** The first of those that overlap it most; null where none does. */
function mostOverlapped(
  { box }: ProposedRegionObservation,
  objects: readonly DecidedRegion[],
): { region: DecidedRegion | null; iou: number } {
  let [best, highest]: [DecidedRegion | null, number] = [null, 0]
  for (const region of objects) {
    const iou = boxIou(region.box, box)
    if (iou > highest) [best, highest] = [region, iou]
  }
  return { region: best, iou: highest }
}
