import { z } from 'zod'
import { boxSchema, quadSchema } from './geometry.js'

export const granularities = ['brief', 'detailed', 'more_detailed'] as const
export type Granularity = (typeof granularities)[number]

/** One object that a detector (or a human label of the source) saw. */
export const objectObservationSchema = z.object({
  kind: z.literal('object'),
  /** As the annotator's own vocabulary has it. */
  label: z.string(),
  /** The annotator's raw score, 0-1, not calibrated. */
  score: z.number(),
  box: boxSchema,
})
export type ObjectObservation = z.infer<typeof objectObservationSchema>

/** One line or word of text that an OCR annotator read. */
export const textRegionObservationSchema = z.object({
  kind: z.literal('text_region'),
  text: z.string(),
  /** Recognition score, 0-1. */
  score: z.number(),
  /** Detection score, 0-1. */
  box_score: z.number(),
  quad: quadSchema,
  /** The upright box around the quad, clipped to the image. */
  box: boxSchema,
})
export type TextRegionObservation = z.infer<typeof textRegionObservationSchema>

/** A phrase of a caption and the agreed regions it stands for. */
export const captionPhraseSchema = z.object({
  /** Characters in the caption, end exclusive. */
  start: z.number().int().nonnegative(),
  end: z.number().int().positive(),
  region_ids: z.array(z.string()),
})
export type CaptionPhrase = z.infer<typeof captionPhraseSchema>

/** A text about the whole image; `phrases` is empty where the annotator does not ground what it says. */
export const captionObservationSchema = z.object({
  kind: z.literal('caption'),
  granularity: z.enum(granularities),
  text: z.string(),
  score: z.number(),
  phrases: z.array(captionPhraseSchema),
})
export type CaptionObservation = z.infer<typeof captionObservationSchema>

/** What one annotator said about one image, kept raw at a low threshold. */
export const observationSchema = z.discriminatedUnion('kind', [
  objectObservationSchema,
  textRegionObservationSchema,
  captionObservationSchema,
])
export type Observation = z.infer<typeof observationSchema>
export type ObservationKind = Observation['kind']

/**
 * All that one annotator said about one image. An image it was shown and found nothing in has an empty list;
 * one that it could not process has a failure and an empty list: the two are never confused.
 */
export interface ImageObservations {
  readonly image_id: string
  readonly observations: readonly Observation[]
  readonly failure: string | null
}
