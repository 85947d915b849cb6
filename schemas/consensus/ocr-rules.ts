import { z } from 'zod'

const unit = z.number().min(0).max(1)

/** Numbers of the rules on text that was read in the image. Defaults are those of the PP-OCR pipeline. */
export const ocrRules = {
  /** Lowest recognition score of a text region. */
  text_score: unit.default(0.5),
  /** Lowest detection score of a text region. */
  text_box_score: unit.default(0.6),
  /** Text regions above this IoU of their quads are one. */
  text_overlap_iou: unit.default(0.5),
}
