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

interface SaidMask {
  readonly source: Source
  readonly mask: MaskObservation
}

/**
 * The mask of each region by its id: of all segmenters' masks that pass, the one whose model expects most of it; equal
 * ones by the annotator's name. The others are rejected, and so are those that fail a threshold or whose region was not
 * agreed on; a mask without a stability is not asked for it.
 */
export function decideMasks(
  sources: readonly Source[],
  regions: ReadonlySet<string>,
  config: ConsensusConfig,
): { masks: ReadonlyMap<string, MaskColumns>; rejects: Reject[] } {
  const best = new Map<string, SaidMask>()
  const rejects: Reject[] = []
  for (const source of inNameOrder(sources)) {
    for (const mask of source.observations) {
      if (mask.kind !== 'mask') continue
      const said = { source, mask }
      const reject = rejectMask(said, regions, config)
      const known = best.get(mask.region_id)
      if (reject !== null) rejects.push(reject)
      else if (known === undefined) best.set(mask.region_id, said)
      else {
        const [kept, lesser] = mask.score > known.mask.score ? [said, known] : [known, said]
        best.set(mask.region_id, kept)
        rejects.push(rejectLesser(lesser, kept))
      }
    }
  }
  return { masks: new Map([...best].map(([region, { mask }]) => [region, columnsOf(mask)])), rejects }
}

function rejectMask(said: SaidMask, regions: ReadonlySet<string>, config: ConsensusConfig): Reject | null {
  const { mask } = said
  const because = (reason: string, rule: string, failed: Record<string, unknown>): Reject =>
    maskReject(said, { reason, rule, failed })
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

function rejectLesser(lesser: SaidMask, kept: SaidMask): Reject {
  const failed = { score: lesser.mask.score, kept_score: kept.mask.score, kept_annotator: kept.source.annotator }
  return maskReject(lesser, { reason: 'better_mask', rule: 'mask_region', failed })
}

/** The outline itself lies in the observations; a payload names it. */
function maskReject({ source, mask }: SaidMask, because: Pick<Reject, 'reason' | 'rule' | 'failed'>): Reject {
  const { polygon_points, polygon_rings, rle, ...rest } = mask
  const payload = { observations: [{ annotator: source.annotator, ...rest }] }
  return { ...rejectObservation(source, mask, because), payload }
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
