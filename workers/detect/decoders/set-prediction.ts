import { FldError } from '../../../schemas/errors.js'
import type { Tensors } from '../../../src/models/sessions/tensor.js'
import { sigmoid } from '../../../src/models/sigmoid.js'
import { bestClass, type Candidate, type DecodeContext, type FloatOutput, outputOfShape } from '../candidate.js'
import type { DecoderOptions } from '../options.js'

type Options = DecoderOptions<'set-prediction'>

/**
 * Decodes the set prediction of DETR (Carion et al. 2020, arXiv 2005.12872) and its descendants: class logits
 * [1, queries, classes] and boxes [1, queries, 4] cxcywh of 0-1, as `post_process_object_detection` of Hugging Face's
 * transformers does for each of them. Candidates are above `score_min`, best first, xyxy of 0-1 of the image, not
 * clipped. Throws FldError `model_invalid`, and `config_invalid` where nothing said how to score.
 */
export function decodeSetPrediction(outputs: Tensors, options: Options, context: DecodeContext): Candidate[] {
  const { logits, boxes } = findOutputs(outputs)
  const found = scored(logits, options, context)
  return found.map(({ query, label, score }) => {
    const [cx = 0, cy = 0, width = 0, height = 0] = boxes.data.subarray(query * 4, query * 4 + 4)
    return { label, score, x1: cx - width / 2, y1: cy - height / 2, x2: cx + width / 2, y2: cy + height / 2 }
  })
}

interface ScoredPair {
  readonly query: number
  readonly label: number
  readonly score: number
}

function scored(logits: FloatOutput, options: Options, context: DecodeContext): ScoredPair[] {
  switch (options.scoring) {
    case 'sigmoid':
      refuseOtherClasses(logits, 0, context)
      return bestPairs(logits, options)
    case 'softmax':
      refuseOtherClasses(logits, 1, context)
      return bestClasses(logits, options)
    case undefined:
      throw new FldError(
        'config_invalid',
        'decoder set-prediction needs scoring: sigmoid or softmax, or a config.json whose model_type says it',
      )
  }
}

/** By the names that exporters give them, else by shape. */
function findOutputs(outputs: Tensors): { logits: FloatOutput; boxes: FloatOutput } {
  const boxes = outputNamed(outputs, ['pred_boxes', 'dets'], 4) ?? outputOfShape(outputs, [1, -1, 4], 'boxes')
  const others = Object.fromEntries(Object.entries(outputs).filter(([name]) => name !== boxes.name))
  const queries = boxes.dims[1] ?? 0
  const logits =
    outputNamed(others, ['logits', 'pred_logits', 'labels']) ?? outputOfShape(others, [1, queries, -1], 'class logits')
  if (logits.dims[1] === queries) return { logits, boxes }
  throw new FldError(
    'model_invalid',
    `${logits.name} [${logits.dims.join(', ')}] and ${boxes.name} [${boxes.dims.join(', ')}] are not of the same queries`,
  )
}

function outputNamed(outputs: Tensors, names: readonly string[], last?: number): FloatOutput | null {
  for (const name of names) {
    const tensor = outputs[name]
    if (tensor?.type !== 'float32' || tensor.dims.length !== 3) continue
    if (last === undefined || tensor.dims[2] === last) return { name, data: tensor.data, dims: tensor.dims }
  }
  return null
}

function refuseOtherClasses({ name, dims }: FloatOutput, background: number, context: DecodeContext): void {
  const classes = (dims[2] ?? 0) - background
  if (classes === context.classes || (classes > context.classes && context.unnamedClasses === true)) return
  throw new FldError(
    'model_invalid',
    `${name} [${dims.join(', ')}] has ${classes} classes${background === 1 ? ' and the background' : ''}; ` +
      `${context.classes} are named`,
  )
}

/**
 * The `top_k` pairs of query and class with the highest sigmoid of all (as many as there are queries when absent): a
 * query may give several labels, or none. Of equal scores the earlier query and class.
 */
function bestPairs({ data, dims }: FloatOutput, { score_min, top_k }: Options): ScoredPair[] {
  const [, queries = 0, classes = 0] = dims
  const found: ScoredPair[] = []
  for (let at = 0; at < queries * classes; at++) {
    const score = sigmoid(data[at] ?? Number.NaN)
    if (score > score_min) found.push({ query: Math.floor(at / classes), label: at % classes, score })
  }
  return bestFirst(found).slice(0, top_k ?? queries)
}

/** The best class of each query by softmax over all classes, the last of which, background, is not one to be said. */
function bestClasses({ data, dims }: FloatOutput, { score_min }: Options): ScoredPair[] {
  const [, queries = 0, classes = 0] = dims
  const found: ScoredPair[] = []
  for (let query = 0; query < queries; query++) {
    const start = query * classes
    const label = bestClass(data, start, 1, classes - 1)
    const highest = data[start + label] ?? Number.NaN
    let sum = 0
    for (let at = start; at < start + classes; at++) sum += Math.exp((data[at] ?? Number.NaN) - highest)
    const score = 1 / sum
    if (score > score_min) found.push({ query, label, score })
  }
  return bestFirst(found)
}

/** Stable: the order of the queries stands between equals. */
function bestFirst(pairs: ScoredPair[]): ScoredPair[] {
  return pairs.sort((a, b) => b.score - a.score)
}
