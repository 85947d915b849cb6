import { FldError } from '../../../schemas/errors.js'
import type { Tensors } from '../../../src/models/sessions/tensor.js'
import { type Candidate, type DecodeContext, outputOfShape } from '../candidate.js'
import type { DecoderOptions } from '../options.js'

/**
 * Decodes the set prediction of DEIM, D-FINE and RT-DETR exports with their post-processing: labels int64 [1, queries],
 * scores [1, queries] and boxes [1, queries, 4] xyxy, which the graph has scaled to the size it was given
 * (`orig_target_sizes`): pixels of the original image.
 */
export function decodeDeim(outputs: Tensors, options: DecoderOptions<'deim'>, { classes }: DecodeContext): Candidate[] {
  const scores = outputOfShape(outputs, [1, -1], 'scores')
  const boxes = outputOfShape(outputs, [1, scores.dims[1] ?? 0, 4], 'boxes')
  const labels = labelsOf(outputs, scores.data.length)
  const found: Candidate[] = []
  scores.data.forEach((score, query) => {
    if (!(score >= options.score_min)) return
    const label = Number(labels[query])
    if (!(label >= 0 && label < classes)) {
      throw new FldError('model_invalid', `the model gives class ${label}; its vocabulary has ${classes} labels`)
    }
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = boxes.data.subarray(query * 4, query * 4 + 4)
    found.push({ label, score, x1, y1, x2, y2 })
  })
  return found
}

function labelsOf(outputs: Tensors, queries: number): BigInt64Array | Int32Array {
  for (const tensor of Object.values(outputs)) {
    if ((tensor.type === 'int64' || tensor.type === 'int32') && tensor.data.length === queries) return tensor.data
  }
  throw new FldError('model_invalid', `the model gives no integer labels for its ${queries} queries`)
}
