import { z } from 'zod'
import { checkpointNameSchema } from './checkpoint.js'
import { heldOutSplits } from './image.js'

/** How much worse a checkpoint may be than the current one: what a few hundred images cannot tell from chance. */
export const gateRulesSchema = z.strictObject({
  /** Of COCO's AP, 0-1. */
  objects: z.number().min(0).max(1).default(0.01),
  /** Of CIDEr-D, 0-10. */
  captions: z.number().min(0).max(10).default(0.1),
  /** Of the share of phrases that are found, 0-1. */
  phrases: z.number().min(0).max(1).default(0.02),
  /** A measure that stands on fewer images decides nothing; where none stands on more, no checkpoint passes. */
  min_images: z.number().int().min(1).default(20),
})
export type GateRules = z.output<typeof gateRulesSchema>

/** What a checkpoint reached; null where there was nothing to hold it against. */
export const gateMeasuresSchema = z.object({
  /** COCO's AP (IoU .50 to .95) of what it detects. */
  objects: z.number().nullable(),
  /** CIDEr-D of its brief captions. */
  captions: z.number().nullable(),
  /** Share of phrases that it grounds at IoU 0.5 or better. */
  phrases: z.number().nullable(),
  /** Images that it could not process. */
  failed: z.number().int(),
})
export type GateMeasures = z.infer<typeof gateMeasuresSchema>

/** How many images each measure stands on: those about which something is known to hold the answers against. */
export const gateImagesSchema = z.object({
  objects: z.number().int().nonnegative(),
  captions: z.number().int().nonnegative(),
  phrases: z.number().int().nonnegative(),
})
export type GateImages = z.infer<typeof gateImagesSchema>

/** What the measures were taken against: people's labels, or what the run agreed on where there are none. */
const gateBasisSchema = z.enum(['labels', 'agreement'])

/** `checkpoints/<name>/<version>/gate-<digest>.json`: what came of holding a version against the current one. Never changed. */
export const gateRecordSchema = z.object({
  name: checkpointNameSchema,
  version: z.number().int().positive(),
  /** The version it was held against. */
  against: z.number().int().positive(),
  run: z.string(),
  round: z.number().int().nonnegative(),
  splits: z.array(z.enum(heldOutSplits)),
  images: z.number().int().positive(),
  /** The COCO file whose boxes were the labels; null where they came with the source. */
  truth: z.string().nullable(),
  /** How many images were asked for at most; null in records from before it was kept. */
  limit: z.number().int().positive().nullable().default(null),
  /** Options of decoding that were set. */
  decoding: z.record(z.string(), z.unknown()).default({}),
  measured_on: gateImagesSchema,
  basis: z.object({ objects: gateBasisSchema, captions: gateBasisSchema }),
  measured: z.object({ version: gateMeasuresSchema, against: gateMeasuresSchema }),
  rules: gateRulesSchema,
  passed: z.boolean(),
  /** Why it did not pass, a sentence each; empty where it did. */
  reasons: z.array(z.string()),
  gated_at: z.string(),
})
export type GateRecord = z.infer<typeof gateRecordSchema>
