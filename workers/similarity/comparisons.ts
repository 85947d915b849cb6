import type { Box } from '../../schemas/geometry.js'
import type { AnnotatorInput } from '../../src/annotate/contract.js'

/** One picture and the texts it is compared with. */
export interface Comparison {
  readonly image: AnnotatorInput
  /** Null: the whole image. */
  readonly region: { readonly region_id: string; readonly box: Box } | null
  /** Distinct, at least one. */
  readonly texts: readonly string[]
}

/** The image with its texts, then each of its regions with the candidates for it; none where there is no text. */
export function comparisonsOf(image: AnnotatorInput): Comparison[] {
  const candidates = new Map<string, string[]>()
  for (const { region_id, texts } of image.regionTexts) {
    candidates.set(region_id, [...(candidates.get(region_id) ?? []), ...texts])
  }
  const whole: Comparison = { image, region: null, texts: distinct(image.texts.map(({ text }) => text)) }
  const regions = image.regions.map(
    (region): Comparison => ({ image, region, texts: distinct(candidates.get(region.region_id) ?? []) }),
  )
  return [whole, ...regions].filter(({ texts }) => texts.length > 0)
}

/** Each once, in their order. */
function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}
