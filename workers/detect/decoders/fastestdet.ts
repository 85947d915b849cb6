import type { Tensors } from '../../../src/models/sessions/tensor.js'
import { sigmoid } from '../../../src/models/sigmoid.js'
import { bestClass, type Candidate, type DecodeContext, outputOfShape } from '../candidate.js'
import type { DecoderOptions } from '../options.js'

/**
 * Decodes FastestDet (dog-qiuqiu/FastestDet): [1, 5 + classes, side, side]; planes of objectness, x and y (tanh: offset
 * from the cell), w and h (sigmoid: share of the image), class scores. One candidate per cell, for its best class;
 * score = objectness^0.6 * class^0.4. Boxes are in pixels of the model's input.
 */
export function decodeFastestdet(
  outputs: Tensors,
  { input, score_min }: DecoderOptions<'fastestdet'>,
  { classes }: DecodeContext,
): Candidate[] {
  const { data, dims } = outputOfShape(outputs, [1, 5 + classes, -1, -1], 'grid')
  const [, , rows = 0, columns = 0] = dims
  const plane = rows * columns
  const found: Candidate[] = []
  for (let cell = 0; cell < plane; cell++) {
    const at = (channel: number): number => data[channel * plane + cell] ?? 0
    const label = bestClass(data, 5 * plane + cell, plane, classes)
    const score = at(0) ** 0.6 * at(5 + label) ** 0.4
    if (!(score >= score_min)) continue
    const x = (((cell % columns) + Math.tanh(at(1))) / columns) * input.size
    const y = ((Math.floor(cell / columns) + Math.tanh(at(2))) / rows) * input.size
    const halfWidth = (sigmoid(at(3)) * input.size) / 2
    const halfHeight = (sigmoid(at(4)) * input.size) / 2
    found.push({ label, score, x1: x - halfWidth, y1: y - halfHeight, x2: x + halfWidth, y2: y + halfHeight })
  }
  return found
}
