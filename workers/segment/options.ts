import { z } from 'zod'

const unit = z.number().min(0).max(1)
const triple = z.tuple([z.number(), z.number(), z.number()])

/** What becomes of a mask, whatever model made it. */
const outline = {
  /** Points of a polygon that lie this near, in pixels, to the line without them are left out; 0 keeps every corner of a pixel. */
  simplify: z.number().min(0).max(100).default(1),
  /** Outlines around fewer pixels are left out of the polygons, holes as well; a mask of nothing else is none. */
  min_area: z.number().min(1).default(4),
  /** Whether regions of text get masks too. */
  text_regions: z.boolean().default(false),
  /** Stability is the IoU of the masks cut this much above and this much below the boundary, in logits. */
  stability_offset: z.number().positive().default(1),
}

/** What the models take that are prompted with a region. */
const prompted = {
  ...outline,
  /**
   * How a box is put to a decoder without an input for boxes. `points`: its centre, and around it points that the object
   * does not reach. `corners`: its corners, labelled 2 and 3, for decoders that were exported with these labels.
   */
  prompt: z.enum(['points', 'corners']).default('points'),
  /** Regions in one run of the decoder. */
  prompt_batch: z.number().int().min(1).max(1024).default(16),
}

const samSchema = z
  .object({
    /** SAM and SlimSAM: the image scaled to its longest side and padded. */
    model: z.literal('sam'),
    ...prompted,
  })
  .strict()

const sam2Schema = z
  .object({
    /** SAM 2 and 2.1: the image stretched, features of several sizes, boxes as an input of their own. */
    model: z.literal('sam2'),
    ...prompted,
    /** A region gets no mask where the model is less sure that there is an object; 0 asks nothing, as the reference. */
    object_score_min: unit.default(0),
  })
  .strict()

const semanticSchema = z
  .object({
    /** A model that gives each pixel one of the vocabulary's classes: DeepLab. */
    model: z.literal('semantic'),
    ...outline,
    /**
     * What the model looks at for a region: its box, with this part of its width and height more on each side. Null: the
     * whole image, once for all regions; quicker, and small things are lost. On 98 true boxes of people, cats and dogs in
     * COCO photographs that had no part in choosing the default, DeepLabV3 of 257 pixels comes to a mean IoU of .55 with
     * their boxes and .28 with whole images; the plain box as a mask comes to .53.
     */
    context: z.number().min(0).max(10).nullable().default(0.1),
    /** How an image becomes the model's input: RGB, (byte - mean) / std. */
    input: z
      .object({
        /** Side of the square input in pixels. */
        size: z.number().int().min(32).max(4096),
        /** Of the input and the output: channels first, or last. */
        layout: z.enum(['nchw', 'nhwc']).default('nchw'),
        /** `stretch` ignores the aspect ratio; `fit` keeps it, at the top left, the rest is the mean. */
        resize: z.enum(['fit', 'stretch']).default('fit'),
        mean: triple,
        std: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]),
      })
      .strict(),
  })
  .strict()

/** Options of the `segment` annotator: the kind of model and what it needs. */
export const segmentOptionsSchema = z.discriminatedUnion('model', [samSchema, sam2Schema, semanticSchema])
export type SegmentOptions = z.infer<typeof segmentOptionsSchema>
export type PromptedOptions = z.infer<typeof samSchema> | z.infer<typeof sam2Schema>
export type SemanticOptions = z.infer<typeof semanticSchema>
export type OutlineOptions = Pick<SegmentOptions, 'simplify' | 'min_area'>
