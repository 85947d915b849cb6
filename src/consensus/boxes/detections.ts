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
export function clipBoxes(boxes: Float64Array, extent: Extent): Float64Array {
  const clipped = new Float64Array(boxes.length)
  for (let at = 0; at < boxes.length; at++) {
    const side = at % 4 < 2 ? at + 2 : at - 2
    const low = Math.min(boxes[at] ?? 0, boxes[side] ?? 0)
    const high = Math.max(boxes[at] ?? 0, boxes[side] ?? 0)
    const limit = at % 2 === 0 ? extent.width : extent.height
    clipped[at] = Math.min(limit, Math.max(0, at % 4 < 2 ? low : high))
  }
  return clipped
}

/** Indices of the detections to use, by label, then priority from high to low, then the later first (as the reference orders ties). */
export function byLabelAndPriority(
  labels: Int32Array,
  priorities: Float64Array,
  use: (index: number) => boolean,
): Int32Array {
  const order = Int32Array.from({ length: labels.length }, (_, index) => index).filter(use)
  return order.sort(
    (a, b) => (labels[a] ?? 0) - (labels[b] ?? 0) || (priorities[b] ?? 0) - (priorities[a] ?? 0) || b - a,
  )
}

/** The stretches of equal label in an order by label. */
export function labelRuns(order: Int32Array, labels: Int32Array): Int32Array[] {
  const runs: Int32Array[] = []
  let start = 0
  for (let at = 1; at <= order.length; at++) {
    if (at < order.length && labels[order[at] ?? 0] === labels[order[start] ?? 0]) continue
    runs.push(order.subarray(start, at))
    start = at
  }
  return runs
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
  const width = Math.min(boxesA[i + 2] ?? 0, boxesB[j + 2] ?? 0) - Math.max(boxesA[i] ?? 0, boxesB[j] ?? 0)
  if (width <= 0) return 0
  const height = Math.min(boxesA[i + 3] ?? 0, boxesB[j + 3] ?? 0) - Math.max(boxesA[i + 1] ?? 0, boxesB[j + 1] ?? 0)
  if (height <= 0) return 0
  const shared = width * height
  return shared / (areaAt(boxesA, a) + areaAt(boxesB, b) - shared)
}

/** The weights to use: those given when there is one per model, else 1 each (as the reference does). */
export function modelWeights(weights: readonly number[] | null, modelCount: number): Float64Array {
  if (weights !== null && weights.length === modelCount) return Float64Array.from(weights)
  return new Float64Array(modelCount).fill(1)
}
