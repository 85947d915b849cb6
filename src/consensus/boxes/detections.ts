import type { Box } from '../../../schemas/geometry.js'

/** What one model says about one image: box, score and label index of each detection, in step. */
export interface ModelDetections {
  readonly boxes: readonly Box[]
  readonly scores: readonly number[]
  readonly labels: readonly number[]
}

/** Detections of several models on one image as columns, so that a million of them cost no million objects. */
export interface Detections {
  /** x1 y1 x2 y2 of each detection, one after another. */
  readonly boxes: Float64Array
  readonly scores: Float64Array
  /** Label index of each detection; only equal labels are ever fused. */
  readonly labels: Int32Array
  /** Index of the model that made each detection. */
  readonly models: Int32Array
  readonly modelCount: number
}

/** Width and height that boxes are clipped to: 1 x 1 for relative coordinates, an image's size for pixels. */
export interface Extent {
  readonly width: number
  readonly height: number
}

/** What every ensemble method returns: the boxes that are left, and where each input went. */
export interface EnsembleResult {
  /** x1 y1 x2 y2 of each box that is left, label by label, in the order of their strongest member. */
  readonly boxes: Float64Array
  readonly scores: Float64Array
  readonly labels: Int32Array
  /** For each input detection the index of the box it went into; -1 where it was left out. */
  readonly groupOf: Int32Array
}

export const unitExtent: Extent = { width: 1, height: 1 }

/** Puts the detections of several models into columns; a model's place in the list is its index. */
export function joinModels(models: readonly ModelDetections[]): Detections {
  const count = models.reduce((sum, model) => sum + model.scores.length, 0)
  const joined = {
    boxes: new Float64Array(count * 4),
    scores: new Float64Array(count),
    labels: new Int32Array(count),
    models: new Int32Array(count),
    modelCount: models.length,
  }
  let at = 0
  for (const [model, detections] of models.entries()) {
    for (const [index, box] of detections.boxes.entries()) {
      joined.boxes.set(box, at * 4)
      joined.scores[at] = detections.scores[index] ?? 0
      joined.labels[at] = detections.labels[index] ?? 0
      joined.models[at] = model
      at++
    }
  }
  return joined
}

/** The same boxes with corners in order and inside the extent. */
export function clipBoxes(boxes: Float64Array, { width, height }: Extent): Float64Array {
  const clipped = new Float64Array(boxes.length)
  for (let at = 0; at < boxes.length; at += 4) {
    clipSide(clipped, boxes, at, width)
    clipSide(clipped, boxes, at + 1, height)
  }
  return clipped
}

/** Low and high coordinate of one axis: two places apart. */
function clipSide(clipped: Float64Array, boxes: Float64Array, at: number, limit: number): void {
  const one = boxes[at] ?? 0
  const other = boxes[at + 2] ?? 0
  clipped[at] = Math.min(limit, Math.max(0, Math.min(one, other)))
  clipped[at + 2] = Math.min(limit, Math.max(0, Math.max(one, other)))
}

/** Copies box `from` of one column to place `to` of another. */
export function copyBox(source: Float64Array, from: number, target: Float64Array, to: number): void {
  for (let side = 0; side < 4; side++) target[to * 4 + side] = source[from * 4 + side] ?? 0
}

/** Area of box `index` in a column of boxes. */
export function areaAt(boxes: Float64Array, index: number): number {
  const at = index * 4
  return ((boxes[at + 2] ?? 0) - (boxes[at] ?? 0)) * ((boxes[at + 3] ?? 0) - (boxes[at + 1] ?? 0))
}

/** Intersection over union of box `a` of one column and box `b` of another (or the same). */
export function iouAt(boxesA: Float64Array, a: number, boxesB: Float64Array, b: number): number {
  const i = a * 4
  const j = b * 4
  const leftA = boxesA[i] ?? 0
  const rightB = boxesB[j + 2] ?? 0
  // Most pairs of an image lie apart, and one or two comparisons tell.
  if (rightB <= leftA) return 0
  const rightA = boxesA[i + 2] ?? 0
  const leftB = boxesB[j] ?? 0
  if (rightA <= leftB) return 0
  const topA = boxesA[i + 1] ?? 0
  const bottomB = boxesB[j + 3] ?? 0
  if (bottomB <= topA) return 0
  const bottomA = boxesA[i + 3] ?? 0
  const topB = boxesB[j + 1] ?? 0
  if (bottomA <= topB) return 0
  const width = Math.min(rightA, rightB) - Math.max(leftA, leftB)
  const height = Math.min(bottomA, bottomB) - Math.max(topA, topB)
  const shared = width * height
  return shared / ((rightA - leftA) * (bottomA - topA) + (rightB - leftB) * (bottomB - topB) - shared)
}

/** The weights to use: those given when there is one per model, else 1 each (as the reference does). */
export function modelWeights(weights: readonly number[] | null, modelCount: number): Float64Array {
  if (weights !== null && weights.length === modelCount) return Float64Array.from(weights)
  return new Float64Array(modelCount).fill(1)
}
