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
  /** True for one box around many of them, as COCO's crowds and Open Images' groups; absent for a single one. */
  is_group: z.boolean().exactOptional(),
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

/** All text that was read in an image, in the annotator's order, without places. */
const imageTextObservationSchema = z.object({
  kind: z.literal('image_text'),
  text: z.string(),
  score: z.number(),
})

/** A box that holds something, and what was said of it: no label of a vocabulary, so no vote for an object. */
export const proposedRegionObservationSchema = z.object({
  kind: z.literal('proposed_region'),
  /** Clipped to the image. */
  box: boxSchema,
  /** Null where only the box was proposed. */
  text: z.string().nullable(),
  /** How surely the box holds something, 0-1. */
  score: z.number(),
})
export type ProposedRegionObservation = z.infer<typeof proposedRegionObservationSchema>

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

/** A phrase of one of the image's texts and one box that a grounding model gave it; several boxes are several of these. */
export const groundedPhraseObservationSchema = z.object({
  kind: z.literal('grounded_phrase'),
  /** The whole text: with it the observation finds its text again, whoever else wrote it. */
  text: z.string(),
  /** Characters in the text, end exclusive: the phrase is text.slice(start, end). */
  start: z.number().int().nonnegative(),
  end: z.number().int().positive(),
  /** How surely the box is this phrase, 0-1. */
  score: z.number(),
  /** How surely the box is anything that the text names, 0-1. */
  box_score: z.number(),
  /** Clipped to the image. */
  box: boxSchema,
})
export type GroundedPhraseObservation = z.infer<typeof groundedPhraseObservationSchema>

/** What a captioner said of the crop of one agreed region. */
export const regionCaptionObservationSchema = z.object({
  kind: z.literal('region_caption'),
  region_id: z.string(),
  text: z.string(),
  score: z.number(),
})
export type RegionCaptionObservation = z.infer<typeof regionCaptionObservationSchema>

/** The mask of one agreed region. */
export const maskObservationSchema = z.object({
  kind: z.literal('mask'),
  region_id: z.string(),
  /** The model's own estimate of the mask's IoU with the truth, 0-1. */
  score: z.number(),
  /**
   * IoU of the mask cut at a higher and at a lower logit, 0-1: how little it depends on the threshold. Null where the
   * model says polygons, which have none.
   */
  stability: z.number().nullable(),
  /** x y pairs of all rings, one after another, in pixels. Outer rings run clockwise as seen (y down), holes the other way. */
  polygon_points: z.array(z.number()).readonly(),
  /** Index of each ring's first pair in `polygon_points`. */
  polygon_rings: z.array(z.number().int().nonnegative()).readonly(),
  /** COCO's compressed run lengths of the whole image: columns first, beginning with background. */
  rle: z.string(),
})
export type MaskObservation = z.infer<typeof maskObservationSchema>

/** How near a text is to the image or to the crop of one region. */
export const similarityObservationSchema = z.object({
  kind: z.literal('similarity'),
  /** Null for the whole image. */
  region_id: z.string().nullable(),
  text: z.string(),
  /** 0-1: SigLIP's probability; for CLIP, which has none for a single pair, the cosine where it is positive. */
  score: z.number(),
  /** Of the two embeddings, -1 to 1. */
  cosine: z.number(),
})
export type SimilarityObservation = z.infer<typeof similarityObservationSchema>

/**
 * Why an answer in words is of no use: no text about the image, or (`malformed`) nothing that the task asked for, such as
 * a box without an area.
 */
export const rejectedTextReasons = ['refusal', 'empty_text', 'over_long', 'malformed'] as const

/** An answer that was given and cannot be used: it becomes a reject with its reason. */
export const rejectedTextObservationSchema = z.object({
  kind: z.literal('rejected_text'),
  /** Of the caption that it was to be; null where it was to be something else. */
  granularity: z.enum(granularities).nullable(),
  /** The region it was to be about; null for the whole image. */
  region_id: z.string().nullable(),
  text: z.string(),
  reason: z.enum(rejectedTextReasons),
  /** The values that failed, and what was allowed. */
  failed: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** 0. */
  score: z.number(),
})
export type RejectedTextObservation = z.infer<typeof rejectedTextObservationSchema>

/** What one annotator said about one image, kept raw at a low threshold. */
export const observationSchema = z.discriminatedUnion('kind', [
  objectObservationSchema,
  textRegionObservationSchema,
  imageTextObservationSchema,
  proposedRegionObservationSchema,
  captionObservationSchema,
  groundedPhraseObservationSchema,
  regionCaptionObservationSchema,
  maskObservationSchema,
  similarityObservationSchema,
  rejectedTextObservationSchema,
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
