import { FldError } from '../../schemas/errors.js'
import type { Box } from '../../schemas/geometry.js'
import type { Tensors } from '../../src/models/sessions/tensor.js'

/** Heads of a detector that reads text: [images, rows, columns] logits and one box per row, for all images of a run. */
export interface BoxHeads {
  /** [rows, columns] of each image. */
  readonly logits: readonly Float32Array[]
  /** [rows, 4] of each image: centre x, centre y, width, height. */
  readonly boxes: readonly Float32Array[]
  readonly columns: number
}

/** The outputs `logits` and `pred_boxes` of a run over `images` images. Throws FldError `model_invalid`. */
export function boxHeads({ logits, pred_boxes: boxes }: Tensors, images: number): BoxHeads {
  const shape = JSON.stringify([logits?.dims, boxes?.dims])
  const [rows = 0, columns = 0] = logits?.dims.slice(1) ?? []
  const fits =
    shape ===
    JSON.stringify([
      [images, rows, columns],
      [images, rows, 4],
    ])
  if (logits?.type !== 'float32' || boxes?.type !== 'float32' || !fits || rows * columns === 0) {
    throw new FldError(
      'model_invalid',
      `the model gives logits and pred_boxes of shapes ${shape} for ${images} images; [images, rows, columns] and [images, rows, 4] can be read`,
    )
  }
  const parts = (data: Float32Array, size: number): Float32Array[] =>
    Array.from({ length: images }, (_, image) => data.subarray(image * size, (image + 1) * size))
  return { logits: parts(logits.data, rows * columns), boxes: parts(boxes.data, rows * 4), columns }
}

/** A row of boxes (centre x, centre y, width, height) as corners, scaled. */
export function cornersOf(boxes: Float32Array, row: number, scaleX: number, scaleY: number): Box {
  const value = (column: number): number => boxes[row * 4 + column] ?? Number.NaN
  const [x, y, halfWidth, halfHeight] = [value(0), value(1), value(2) / 2, value(3) / 2]
  return [(x - halfWidth) * scaleX, (y - halfHeight) * scaleY, (x + halfWidth) * scaleX, (y + halfHeight) * scaleY]
}
