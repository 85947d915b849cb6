import { z } from 'zod'

const unit = z.number().min(0).max(1)

/** Options of the `ocr` annotator: thresholds of DB's post-processing and sizes of what the two models are handed. */
export const ocrOptionsSchema = z
  .object({
    /** An image whose longer side is above this, in pixels, is shrunk to it for detection; smaller ones are left as they are. */
    limit_side_len: z.number().int().min(32).max(8192).default(960),
    /** A pixel of the probability map above this belongs to a text kernel. */
    thresh: unit.default(0.3),
    /** Regions whose mean probability is below this are dropped. */
    box_thresh: unit.default(0.6),
    /** How far the shrunk kernel is grown back: each side by area * ratio / perimeter. */
    unclip_ratio: z.number().min(0).max(10).default(1.5),
    /** Contours looked at per image, in the order of the scan. */
    max_candidates: z.number().int().min(1).default(1000),
    /** Shortest side of a kernel in pixels of the probability map; two more are asked of the grown rectangle. */
    min_size: z.number().min(0).default(3),
    /** Lines of one padded width that are recognised together. */
    rec_batch: z.number().int().min(1).max(64).default(6),
    /** Lines recognised with a lower score are dropped. */
    score_min: unit.default(0),
  })
  .strict()
export type OcrOptions = z.infer<typeof ocrOptionsSchema>
