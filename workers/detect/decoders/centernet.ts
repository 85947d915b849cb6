import type { Tensors } from '../../../src/models/sessions/tensor.js'
import { sigmoid } from '../../../src/models/sigmoid.js'
import { type Candidate, type DecodeContext, outputOfShape } from '../candidate.js'
import type { DecoderOptions } from '../options.js'

/**
 * Decodes CenterNet (Zhou et al. 2019, arXiv 1904.07850) in the form of 610265158/mobilenetv3_centernet: a heatmap
 * [1, classes, side, side] whose local maxima (3x3) are objects, and [1, 4, side, side] distances in input pixels from
 * the cell's corner to left, top, right and bottom. Boxes are in pixels of the model's input.
 */
export function decodeCenternet(
  outputs: Tensors,
  { input, stride, score_min, logits }: DecoderOptions<'centernet'>,
  { classes }: DecodeContext,
): Candidate[] {
  const side = Math.floor(input.size / stride)
  const heatmap = outputOfShape(outputs, [1, classes, side, side], 'heatmap')
  const distances = outputOfShape(outputs, [1, 4, side, side], 'distances')
  const plane = side * side
  // Compared before the sigmoid: it is only worth computing for the few cells that pass.
  const rawMin = logits ? Math.log(score_min / (1 - score_min)) : score_min
  const found: Candidate[] = []
  for (let label = 0; label < classes; label++) {
    const map = heatmap.data.subarray(label * plane, (label + 1) * plane)
    for (let cell = 0; cell < plane; cell++) {
      const raw = map[cell] ?? 0
      if (!(raw >= rawMin) || !isPeak(map, cell, side)) continue
      const distance = (k: number): number => distances.data[k * plane + cell] ?? 0
      const x = (cell % side) * stride
      const y = Math.floor(cell / side) * stride
      found.push({
        label,
        score: logits ? sigmoid(raw) : raw,
        x1: x - distance(0),
        y1: y - distance(1),
        x2: x + distance(2),
        y2: y + distance(3),
      })
    }
  }
  return found
}

/** No neighbour is higher; equal neighbours are all peaks, as in the max pooling of the paper. */
function isPeak(map: Float32Array, cell: number, side: number): boolean {
  const value = map[cell] ?? 0
  const x = cell % side
  for (let row = cell - x - side; row <= cell - x + side; row += side) {
    for (let column = Math.max(0, x - 1); column <= Math.min(side - 1, x + 1); column++) {
      // Rows beyond the edge are undefined and compare as not higher.
      if ((map[row + column] ?? value) > value) return false
    }
  }
  return true
}
