import type { AgreedRegion } from '../../schemas/annotation.js'

/** The regions that get masks: objects and phrases, text only where it is asked for; each once, boxes with an area only. */
export function regionsToMask(
  regions: readonly AgreedRegion[],
  { text_regions }: { readonly text_regions: boolean },
): AgreedRegion[] {
  const distinct = new Map(regions.map((region) => [region.region_id, region]))
  return [...distinct.values()].filter(({ kind, box: [x1, y1, x2, y2] }) => {
    return (kind !== 'text' || text_regions) && x2 > x1 && y2 > y1
  })
}
