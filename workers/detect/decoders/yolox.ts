import { FldError } from '../../../schemas/errors.js'
import type { Tensors } from '../../../src/models/sessions/tensor.js'
import { sigmoid } from '../../../src/models/sigmoid.js'
import { bestClass, type Candidate, type DecodeContext, outputOfShape } from '../candidate.js'
import type { DecoderOptions } from '../options.js'

/**
 * Decodes YOLOX (Ge et al. 2021, arXiv 2107.08430) exported without its grid: [1, cells, 5 + classes], rows of
 * x, y (offset from the cell in strides), w, h (logarithm of the size in strides), objectness, class scores; the cells
 * of all strides one after another. One candidate per cell, for its best class;
 * score = objectness * class. Boxes are
 * in pixels of the model's input.
 */
export function decodeYolox(
  outputs: Tensors,
  options: DecoderOptions<'yolox'>,
  { classes }: DecodeContext,
): Candidate[] {
  const { data, dims } = outputOfShape(outputs, [1, -1, 5 + classes], 'rows')
  const found: Candidate[] = []
  let row = 0
  for (const stride of options.strides) {
    const side = Math.floor(options.input.size / stride)
    for (let cell = 0; cell < side * side; cell++, row++) {
      decodeRow(data, row, { stride, x: cell % side, y: Math.floor(cell / side) }, options, classes, found)
    }
  }
  if (row === dims[1]) return found
  throw new FldError(
    'model_invalid',
    `the model gives ${dims[1]} rows; an input of ${options.input.size} with strides ${options.strides.join(', ')} has ${row}`,
  )
}

function decodeRow(
  data: Float32Array,
  row: number,
  cell: { stride: number; x: number; y: number },
  { score_min, logits }: DecoderOptions<'yolox'>,
  classes: number,
  found: Candidate[],
): void {
  const start = row * (5 + classes)
  const at = (column: number): number => data[start + column] ?? 0
  const activate = (raw: number): number => (logits ? sigmoid(raw) : raw)
  const objectness = activate(at(4))
  // No class score is above 1, so nothing of this cell can pass.
  if (!(objectness >= score_min)) return
  const label = bestClass(data, start + 5, 1, classes)
  const score = objectness * activate(at(5 + label))
  if (!(score >= score_min)) return
  const x = (at(0) + cell.x) * cell.stride
  const y = (at(1) + cell.y) * cell.stride
  const halfWidth = (Math.exp(at(2)) * cell.stride) / 2
  const halfHeight = (Math.exp(at(3)) * cell.stride) / 2
  found.push({ label, score, x1: x - halfWidth, y1: y - halfHeight, x2: x + halfWidth, y2: y + halfHeight })
}
