import type { Tensors } from '../../../src/models/sessions/tensor.js'
import { sigmoid } from '../../../src/models/sigmoid.js'
import { bestClass, type Candidate, type DecodeContext, outputOfShape } from '../candidate.js'
import type { DecoderOptions } from '../options.js'

/**
 * Decodes generalized focal loss heads (Li et al. 2020, arXiv 2006.04388; NanoDet, PicoDet): per stride, class scores
 * [1, cells, classes] and, for each side, a distribution over distances 0..bins-1 in strides [1, cells, 4 * bins],
 * whose mean is the distance from the cell's centre. One candidate per cell, for its best class. Boxes are in pixels of the model's input.
 */
export function decodeGfl(outputs: Tensors, options: DecoderOptions<'gfl'>, context: DecodeContext): Candidate[] {
  return options.strides.flatMap((stride) => decodeStride(outputs, stride, options, context))
}

function decodeStride(
  outputs: Tensors,
  stride: number,
  { input, score_min, logits }: DecoderOptions<'gfl'>,
  { classes }: DecodeContext,
): Candidate[] {
  const side = Math.ceil(input.size / stride)
  const scores = outputOfShape(outputs, [1, side * side, classes], `class scores at stride ${stride}`)
  const others = Object.fromEntries(Object.entries(outputs).filter(([name]) => name !== scores.name))
  const distances = outputOfShape(others, [1, side * side, -1], `box distributions at stride ${stride}`)
  const bins = (distances.dims[2] ?? 0) / 4
  const found: Candidate[] = []
  for (let cell = 0; cell < side * side; cell++) {
    const label = bestClass(scores.data, cell * classes, 1, classes)
    const raw = scores.data[cell * classes + label] ?? 0
    const score = logits ? sigmoid(raw) : raw
    if (!(score >= score_min)) continue
    const distance = (k: number): number => meanDistance(distances.data, (cell * 4 + k) * bins, bins) * stride
    const x = ((cell % side) + 0.5) * stride
    const y = (Math.floor(cell / side) + 0.5) * stride
    found.push({ label, score, x1: x - distance(0), y1: y - distance(1), x2: x + distance(2), y2: y + distance(3) })
  }
  return found
}

/** The mean of the softmax distribution over 0..bins-1. */
function meanDistance(data: Float32Array, start: number, bins: number): number {
  let max = Number.NEGATIVE_INFINITY
  for (let bin = 0; bin < bins; bin++) max = Math.max(max, data[start + bin] ?? 0)
  let sum = 0
  let weighted = 0
  for (let bin = 0; bin < bins; bin++) {
    const weight = Math.exp((data[start + bin] ?? 0) - max)
    sum += weight
    weighted += weight * bin
  }
  return weighted / sum
}
