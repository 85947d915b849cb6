import { type Box, boxIou } from '../../../schemas/geometry.js'

/** 1 - mean IoU between a region's box and those of its supporters, 0-1; null where one annotator alone supports it. */
export function dispersionOf(
  box: Box,
  supporters: readonly { readonly annotator: string; readonly box: Box }[],
): number | null {
  if (new Set(supporters.map(({ annotator }) => annotator)).size < 2) return null
  return 1 - supporters.reduce((sum, supporter) => sum + boxIou(box, supporter.box), 0) / supporters.length
}
