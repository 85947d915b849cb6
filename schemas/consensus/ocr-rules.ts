import { z } from 'zod'

const unit = z.number().min(0).max(1)

/** Numbers of the rules on text that was read in the image. Those on single readings have the defaults of the PP-OCR pipeline. */
export const ocrRules = {
  /** Lowest recognition score of a text region. */
  text_score: unit.default(0.5),
  /** Lowest detection score of a text region. */
  text_box_score: unit.default(0.6),
  /** Text regions above this IoU of their quads are one. */
  text_overlap_iou: unit.default(0.5),
  /**
   * Two readings of one place are the same at or above this edit similarity (letters and digits only, whatever their
   * case): one wrong letter in five. At .75, STOP and SHOP would be the same.
   */
  reading_similarity: unit.default(0.8),
  /**
   * A reading with at least this share of its quad inside another's, and near a part of its text, is a part of that line.
   * Engines draw words higher than lines by up to a half, and neighbouring lines share a fifth at most.
   */
  line_containment: unit.default(0.6),
}
