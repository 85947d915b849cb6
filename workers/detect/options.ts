import { z } from 'zod'

const unit = z.number().min(0).max(1)
const triple = z.tuple([z.number(), z.number(), z.number()])
const strides = z.array(z.number().int().min(1)).min(1)

/** How an image becomes the model's input. */
const inputSchema = z
  .object({
    /** Side of the square input in pixels. */
    size: z.number().int().min(32).max(4096),
    /** `stretch` ignores the aspect ratio; `letterbox` fits at the top left and pads with grey 114. */
    resize: z.enum(['stretch', 'letterbox']),
    order: z.enum(['RGB', 'BGR']),
    /** Per channel in that order, on the scale 0-255: (byte - mean) / std. */
    mean: triple.default([0, 0, 0]),
    std: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]).default([1, 1, 1]),
  })
  .strict()

/** What every decoder takes. */
const limits = {
  /** Lower scores are not observed. Kept low: consensus has thresholds of its own. */
  score_min: unit.default(0.05),
  /** Class-wise greedy NMS within the model: a box above this IoU with a better one of its class goes. Null: none. */
  nms_iou: unit.nullable(),
  /** The best this many are kept. */
  max_per_image: z.number().int().min(1).max(10_000).default(200),
  /**
   * Images in one run of the model, where its graph takes several; 1 when absent. More pays on a GPU; on a CPU a batch
   * costs what its images cost alone.
   */
  model_batch: z.number().int().min(1).max(1024).optional(),
}

/** What the decoders need whose input no preprocessor_config.json describes. */
const common = { input: inputSchema, ...limits }

/** Options of the `detect` annotator: one of its decoders and what that needs. */
export const detectOptionsSchema = z.discriminatedUnion('decoder', [
  z
    .object({
      /** Generalized focal loss heads: NanoDet, PicoDet. */
      decoder: z.literal('gfl'),
      ...common,
      /** Of the feature maps. */
      strides,
      /** Whether the class outputs still need a sigmoid. */
      logits: z.boolean().default(false),
    })
    .strict(),
  z
    .object({
      /** YOLOX exported without its grid decoding. */
      decoder: z.literal('yolox'),
      ...common,
      strides: strides.default([8, 16, 32]),
      /** Whether objectness and classes still need a sigmoid. */
      logits: z.boolean().default(false),
    })
    .strict(),
  z
    .object({
      /** DEIM, D-FINE and RT-DETR exported with their set prediction: labels, boxes, scores. */
      decoder: z.literal('deim'),
      ...common,
      /** The graph scales its boxes to the original image, as of a stretched input. */
      input: inputSchema.extend({ resize: z.literal('stretch') }),
      nms_iou: unit.nullable().default(null),
    })
    .strict(),
  z
    .object({
      /** CenterNet with four distances per centre. */
      decoder: z.literal('centernet'),
      ...common,
      /** Input pixels per cell of the heatmap. */
      stride: z.number().int().min(1).default(4),
      /** Whether the heatmap still needs a sigmoid. */
      logits: z.boolean().default(false),
    })
    .strict(),
  z
    .object({
      decoder: z.literal('fastestdet'),
      ...common,
    })
    .strict(),
  z
    .object({
      /**
       * DETR and its descendants in the file layout of Transformers.js (D-FINE, RT-DETR, RF-DETR, YOLOS): class logits
       * and boxes per query. preprocessor_config.json says how an image becomes the input, config.json names the classes.
       */
      decoder: z.literal('set-prediction'),
      ...limits,
      nms_iou: unit.nullable().default(null),
      /** `softmax`: a class per query, the last class is background; `sigmoid`: any pair of query and class. Absent: by config.json's model_type. */
      scoring: z.enum(['sigmoid', 'softmax']).optional(),
      /** The best this many pairs of query and class are looked at, with `sigmoid`. Absent: by model_type, else as many as there are queries. */
      top_k: z.number().int().min(1).max(100_000).optional(),
    })
    .strict(),
])
export type DetectOptions = z.infer<typeof detectOptionsSchema>
export type InputOptions = z.infer<typeof inputSchema>
/** The options of the decoders that say themselves how an image becomes the input. */
export type SquareOptions = Extract<DetectOptions, { input: InputOptions }>
/** The options of one decoder. */
export type DecoderOptions<Decoder extends DetectOptions['decoder']> = Extract<DetectOptions, { decoder: Decoder }>
