import type { AgreedRegion } from '../../schemas/annotation.js'
import type { Box } from '../../schemas/geometry.js'
import type { Observation } from '../../schemas/observation.js'
import type { AnnotatorInput } from '../../src/annotate/contract.js'
import { orAborted } from '../../src/storage/abort.js'
import type { CropCaptioner, CropText } from './crop-captioner.js'
import type { DescribeOptions } from './describe-options.js'

export type CropOptions = Pick<DescribeOptions, 'margin' | 'min_side' | 'max_regions'>

/** The captions of an image's object regions, by any captioner; the image is not even decoded where there are none. */
export async function describeRegions(
  captioner: CropCaptioner,
  image: AnnotatorInput,
  { signal, ...options }: CropOptions & { readonly signal: AbortSignal },
): Promise<Observation[]> {
  const regions = describedRegions(image.regions, options)
  if (regions.length === 0) return []
  const raster = await orAborted(image.pixels(), signal, 'decoding an image')
  const crops = regions.map((region) => ({ region, raster, box: cropBox(region.box, image, options.margin) }))
  const texts = await captioner.caption(crops, { signal })
  return regions.flatMap((region, index) => {
    const text = texts[index]
    return text === undefined ? [] : [observationOf(region, text)]
  })
}

/** The best of the object regions that are large enough. */
export function describedRegions(regions: readonly AgreedRegion[], options: CropOptions): AgreedRegion[] {
  return regions
    .filter(({ kind, box }) => kind === 'object' && Math.min(box[2] - box[0], box[3] - box[1]) >= options.min_side)
    .sort((one, other) => other.score - one.score || (one.region_id < other.region_id ? -1 : 1))
    .slice(0, options.max_regions)
}

/** A box with a margin, a share of its sides; clipped to the image. */
export function cropBox([x1, y1, x2, y2]: Box, image: { width: number; height: number }, margin: number): Box {
  const [across, down] = [(x2 - x1) * margin, (y2 - y1) * margin]
  return [
    Math.max(0, x1 - across),
    Math.max(0, y1 - down),
    Math.min(image.width, x2 + across),
    Math.min(image.height, y2 + down),
  ]
}

function observationOf({ region_id }: AgreedRegion, said: CropText): Observation {
  if (said.usable) return { kind: 'region_caption', region_id, text: said.text, score: said.score }
  const { text, reason, failed } = said
  return { kind: 'rejected_text', granularity: null, region_id, text, reason, failed, score: 0 }
}
