import { createHash } from 'node:crypto'
import type { AgreedRegion } from '../../../schemas/annotation.js'

/**
 * Gives regions ids that say what they are, not where they stand in a list: `<image_id>/o-3f9a2c41d0`, `o` for an object,
 * `t` for text and `p` for a phrase. When the image is decided again with other sources or rules, an id still means the same region or
 * none, so that a stored caption is never tied to another one. Boxes count to a hundredth of a pixel; of regions that
 * are the same in all of that (labels that people gave twice) the second is `...-2`.
 */
export function withRegionIds<Region extends Omit<AgreedRegion, 'region_id'>>(
  image_id: string,
  regions: readonly Region[],
): (Region & { readonly region_id: string })[] {
  const times = new Map<string, number>()
  return regions.map((region) => {
    const id = `${image_id}/${region.kind.charAt(0)}-${contentDigest(region)}`
    const time = (times.get(id) ?? 0) + 1
    times.set(id, time)
    return { ...region, region_id: time === 1 ? id : `${id}-${time}` }
  })
}

function contentDigest({ kind, label, box }: Pick<AgreedRegion, 'kind' | 'label' | 'box'>): string {
  const content = JSON.stringify([kind, label, ...box.map((side) => Math.round(side * 100))])
  return createHash('sha256').update(content).digest('hex').slice(0, 10)
}
