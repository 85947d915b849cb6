import type { Box } from '../../schemas/geometry.js'
import { sigmoid } from '../../src/models/sigmoid.js'
import type { TextTokenizer } from '../../src/models/text-tokenizer.js'
import { cornersOf } from './box-heads.js'

/** What Grounding DINO's heads say of one prompt and one image. */
export interface GroundingOutput {
  /** [queries, columns]: how well each query's box is each token of the prompt; -Infinity beyond the prompt. */
  readonly logits: Float32Array
  /** [queries, 4]: centre x, centre y, width, height, as parts of the image. */
  readonly boxes: Float32Array
  readonly columns: number
}

/** A token of the prompt by its place, and how surely a box is what it names. */
export interface TokenProbability {
  readonly token: number
  readonly probability: number
}

/** A query whose box names something. */
export interface GroundedQuery {
  /** The highest probability of any token, 0-1; special tokens and full stops count. */
  readonly score: number
  /** Pixels of the original image, not clipped. */
  readonly box: Box
  /** Tokens above the text threshold, by place; never the first or the last column. */
  readonly tokens: readonly TokenProbability[]
}

export interface GroundingThresholds {
  readonly box_threshold: number
  readonly text_threshold: number
  /** The original image. */
  readonly width: number
  readonly height: number
}

/**
 * The queries above the box threshold, in their order: what post_process_grounded_object_detection keeps
 * (huggingface/transformers, models/grounding_dino/processing_grounding_dino.py). Both thresholds are strict.
 */
export function groundedQueries(
  { logits, boxes, columns }: GroundingOutput,
  { box_threshold, text_threshold, width, height }: GroundingThresholds,
): GroundedQuery[] {
  const found: GroundedQuery[] = []
  for (let query = 0; query * columns < logits.length; query++) {
    const row = logits.subarray(query * columns, (query + 1) * columns)
    const score = sigmoid(row.reduce((highest, logit) => Math.max(highest, logit), Number.NEGATIVE_INFINITY))
    if (!(score > box_threshold)) continue
    const tokens: TokenProbability[] = []
    for (let token = 1; token < columns - 1; token++) {
      const probability = sigmoid(row[token] ?? Number.NEGATIVE_INFINITY)
      if (probability > text_threshold) tokens.push({ token, probability })
    }
    found.push({ score, box: cornersOf(boxes, query, width, height), tokens })
  }
  return found
}

/** The label that the reference gives a query: its tokens decoded, whatever they are: '[SEP]' and '.' can be among them. */
export function referenceLabel(query: GroundedQuery, ids: readonly number[], tokenizer: TextTokenizer): string {
  return tokenizer.decode(query.tokens.flatMap(({ token }) => ids[token] ?? []))
}
