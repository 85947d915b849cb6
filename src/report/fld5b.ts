import type { TextRow } from '../../schemas/annotation.js'
import { type Granularity, granularities } from '../../schemas/observation.js'

/** A row of table 2 of the Florence-2 paper: an annotation type and the kind of its text. */
export type AnnotationType =
  | `text ${Granularity}`
  | 'region_text phrase'
  | 'region_text brief'
  | `triplet ${Granularity}`

/** The rows of table 2 in the paper's order. */
export const annotationTypes: readonly AnnotationType[] = [
  ...granularities.map((granularity) => `text ${granularity}` as const),
  'region_text phrase',
  'region_text brief',
  ...granularities.map((granularity) => `triplet ${granularity}` as const),
]

/** The columns of table 3, as the table `text` has them. */
export const textMeasures = [
  'objects',
  'attributes',
  'actions',
  'proper_nouns',
  'object_complexity',
  'action_complexity',
] as const satisfies (keyof TextRow)[]
export type TextMeasure = (typeof textMeasures)[number]

/** A row of table 2; null where the paper has no figure. */
interface PublishedStatistics {
  readonly image_annotations: number
  readonly tokens: number | null
  readonly regions: number | null
  readonly regions_per_annotation: number | null
  readonly regional_tokens: number | null
}

const millions = 1e6

function published(
  annotations: number,
  tokens: number | null,
  regions: number | null,
  perAnnotation: number | null,
  regionalTokens: number | null,
): PublishedStatistics {
  return {
    image_annotations: annotations * millions,
    tokens,
    regions: regions === null ? null : regions * millions,
    regions_per_annotation: perAnnotation,
    regional_tokens: regionalTokens,
  }
}

/** FLD-5B's own figures, the yardstick of a run: table 2 of arXiv 2311.06242 (126 M images). */
export const publishedStatistics: Readonly<Record<AnnotationType, PublishedStatistics>> = {
  'text brief': published(235, 7.95, null, null, null),
  'text detailed': published(126, 31.65, null, null, null),
  'text more_detailed': published(126, 70.53, null, null, null),
  'region_text phrase': published(126, null, 681, 5.42, 1.19),
  'region_text brief': published(126, null, 681, 5.42, 2.55),
  'triplet brief': published(235, 7.95, 1007, 4.27, 1.93),
  'triplet detailed': published(126, 31.65, 1289, 10.25, 1.49),
  'triplet more_detailed': published(126, 70.53, 1278, 10.17, 1.35),
}

/** Images of FLD-5B. */
export const publishedImages = 126 * millions

/** Table 3 of the same paper: means per text. */
export const publishedSemantics: Readonly<Record<Granularity, Readonly<Record<TextMeasure, number>>>> = {
  brief: {
    objects: 3.23,
    attributes: 2.8,
    actions: 0.58,
    proper_nouns: 1.1,
    object_complexity: 2.8,
    action_complexity: 1.14,
  },
  detailed: {
    objects: 13.31,
    attributes: 7.27,
    actions: 4.21,
    proper_nouns: 2.4,
    object_complexity: 4,
    action_complexity: 3.63,
  },
  more_detailed: {
    objects: 28.06,
    attributes: 16.25,
    actions: 8.76,
    proper_nouns: 2.41,
    object_complexity: 4.02,
    action_complexity: 4.38,
  },
}
