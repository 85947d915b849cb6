import type { MaskColumns } from '../../../schemas/annotation.js'
import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import type { MaskObservation } from '../../../schemas/observation.js'
import { type Reject, rejectObservation } from '../reject.js'
import { inNameOrder, type Source } from '../source.js'

/** The columns of a region without a mask. */
export const noMask: MaskColumns = {
  polygon_points: null,
  polygon_rings: null,
  mask_rle: null,
  mask_score: null,
  mask_stability: null,
}

/**
 * The mask of each region by its id: of all segmenters' masks that pass, the one whose model expects most of it; equal
 * ones by the annotator's name. Those that fail a threshold, or whose region was not agreed on, are rejected; a mask
 * without a stability is not asked for it.
 */
export function decideMasks(
  sources: readonly Source[],
  regions: ReadonlySet<string>,
  config: ConsensusConfig,
): { masks: ReadonlyMap<string, MaskColumns>; rejects: Reject[] } {
  const best = new Map<string, MaskObservation>()
  const rejects: Reject[] = []
  for (const source of inNameOrder(sources)) {
    for (const mask of source.observations) {
      if (mask.kind !== 'mask') continue
      const reject = rejectMask(source, mask, regions, config)
      if (reject !== null) rejects.push(reject)
      else if (mask.score > (best.get(mask.region_id)?.score ?? -1)) best.set(mask.region_id, mask)
    }
  }
  return { masks: new Map([...best].map(([region, mask]) => [region, columnsOf(mask)])), rejects }
}

function rejectMask(
  source: Source,
  mask: MaskObservation,
  regions: ReadonlySet<string>,
  config: ConsensusConfig,
): Reject | null {
  // The outline itself lies in the observations; a payload names it.
  const { polygon_points, polygon_rings, rle, ...rest } = mask
  const because = (reason: string, rule: string, failed: Record<string, unknown>): Reject => ({
    ...rejectObservation(source, mask, { reason, rule, failed }),
    payload: { observations: [{ annotator: source.annotator, ...rest }] },
  })
  if (!regions.has(mask.region_id)) return because('region_not_agreed', 'mask_region', { missing: [mask.region_id] })
  if (!(mask.score >= config.mask_score)) {
    return because('below_mask_score', 'mask_score', { score: mask.score, lowest: config.mask_score })
  }
  if (mask.stability !== null && !(mask.stability >= config.mask_stability)) {
    const failed = { stability: mask.stability, lowest: config.mask_stability }
    return because('below_mask_stability', 'mask_stability', failed)
  }
  return null
}

function columnsOf({ polygon_points, polygon_rings, rle, score, stability }: MaskObservation): MaskColumns {
  return {
    polygon_points: [...polygon_points],
    polygon_rings: [...polygon_rings],
    mask_rle: rle,
    mask_score: score,
    mask_stability: stability,
  }
}
