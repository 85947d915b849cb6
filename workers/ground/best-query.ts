import type { Box } from '../../schemas/geometry.js'
import { sigmoid } from '../../src/models/sigmoid.js'
import { cornersOf } from './box-heads.js'

/** What OWLv2 says of an image: every patch proposes one box, and how well it is each query. */
export interface PatchOutput {
  /** Logits of all patches for each query, in the order of the queries. */
  readonly logits: readonly Float32Array[]
  /** [patches, 4]: centre x, centre y, width, height, as parts of the square that the image was padded to. */
  readonly boxes: Float32Array
}

/** A patch above the threshold. */
export interface PatchDetection {
  /** Index of its best query, in the list that was asked about. */
  readonly query: number
  readonly score: number
  /** Pixels of the original image, not clipped: the padding can be reached into. */
  readonly box: Box
}

/**
 * The patches whose best query is above the threshold, in their order: what post_process_grounded_object_detection keeps
 * (huggingface/transformers, models/owlv2/processing_owlv2.py); strict, without NMS. `queries` picks those that compete;
 * the first of equals wins. Boxes are parts of the square, whose side is the image's longer one.
 */
export function bestQueries(
  { logits, boxes }: PatchOutput,
  queries: readonly number[],
  { threshold, width, height }: { threshold: number; width: number; height: number },
): PatchDetection[] {
  const side = Math.max(width, height)
  const found: PatchDetection[] = []
  for (let patch = 0; patch * 4 < boxes.length; patch++) {
    let [best, highest] = [-1, Number.NEGATIVE_INFINITY]
    for (const [index, query] of queries.entries()) {
      const logit = logits[query]?.[patch] ?? Number.NEGATIVE_INFINITY
      if (logit > highest) [best, highest] = [index, logit]
    }
    const score = sigmoid(highest)
    if (score > threshold) found.push({ query: best, score, box: cornersOf(boxes, patch, side, side) })
  }
  return found
}
