import { type BinaryMask, compressRuns, maskRuns } from '../../schemas/mask-rle.js'
import type { MaskObservation } from '../../schemas/observation.js'
import { maskOutlines, type Ring, ringArea } from './mask-outlines.js'
import type { OutlineOptions } from './options.js'
import { simplifyRing } from './simplify-ring.js'

/** A region's mask and what is said of it. */
export interface ScoredMask {
  readonly region_id: string
  readonly mask: BinaryMask
  readonly score: number
  readonly stability: number
}

/**
 * A mask as an observation: run lengths of all of it, polygons without specks and pinholes. Null where nothing but specks
 * is there: no mask.
 */
export function maskObservation(scored: ScoredMask, options: OutlineOptions): MaskObservation | null {
  const rings = maskPolygons(scored.mask, options)
  if (rings.length === 0) return null
  return {
    kind: 'mask',
    region_id: scored.region_id,
    score: Math.min(1, Math.max(0, scored.score)),
    stability: scored.stability,
    polygon_points: rings.flat(),
    polygon_rings: ringStarts(rings),
    rle: compressRuns(maskRuns(scored.mask)),
  }
}

/** The outlines of a mask, simplified; those that hold fewer pixels than `min_area` are left out, holes as well. */
export function maskPolygons(mask: BinaryMask, { simplify, min_area }: OutlineOptions): Ring[] {
  return maskOutlines(mask)
    .filter((ring) => Math.abs(ringArea(ring)) >= min_area)
    .map((ring) => simplifyRing(ring, simplify))
}

function ringStarts(rings: readonly Ring[]): number[] {
  let points = 0
  return rings.map((ring) => {
    const start = points
    points += ring.length / 2
    return start
  })
}
