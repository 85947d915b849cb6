import { FldError } from '../../schemas/errors.js'
import type { ProcessedImages } from '../../src/models/pixels/image-processor.js'
import type { ModelSession, Tensor, Tensors } from '../../src/models/sessions/tensor.js'

/** What a Grounding DINO graph takes. Sizes are null where it leaves them open. */
export interface GroundingGraph {
  readonly names: readonly string[]
  readonly batch: number | null
  readonly sequence: number | null
  readonly height: number | null
  readonly width: number | null
}

/** An image, alone in its tensor, and the token ids of a prompt. */
export interface GroundingPair {
  readonly image: Pick<ProcessedImages, 'pixelValues' | 'pixelMask'>
  readonly ids: readonly number[]
}

const needed = ['pixel_values', 'input_ids', 'attention_mask']
const known = [...needed, 'token_type_ids', 'pixel_mask']

/** Reads a graph's inputs. Throws FldError `model_invalid` when they are not Grounding DINO's. */
export function groundingGraph({ inputNames, inputDims }: ModelSession): GroundingGraph {
  const complete = needed.every((name) => inputNames.includes(name))
  if (!complete || !inputNames.every((name) => known.includes(name))) {
    throw new FldError(
      'model_invalid',
      `Grounding DINO takes ${known.join(', ')}; this model takes ${inputNames.join(', ')}`,
    )
  }
  const size = (name: string, axis: number): number | null => {
    const dim = inputDims[name]?.[axis] ?? -1
    return dim === -1 ? null : dim
  }
  const batch = size('pixel_values', 0)
  if (batch !== null && batch !== 1) {
    throw new FldError('model_invalid', `this model takes ${batch} images at once; any number, or one, can be given`)
  }
  return {
    names: inputNames,
    batch,
    sequence: size('input_ids', 1),
    height: size('pixel_values', 2),
    width: size('pixel_values', 3),
  }
}

/**
 * Pairs as one batch: images padded at the right and below to the largest (with 0, as after normalisation), prompts padded
 * with `padId`, both masked; to the graph's own sizes where it has any. Copies, so that an image can go through again.
 * Throws FldError `model_invalid` when a pair does not fit the graph.
 */
export function groundingInputs(pairs: readonly GroundingPair[], graph: GroundingGraph, padId: number): Tensors {
  const inputs: Tensors = { ...imageInputs(pairs, graph), ...textInputs(pairs, graph, padId) }
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => graph.names.includes(name)))
}

function imageInputs(pairs: readonly GroundingPair[], graph: GroundingGraph): Tensors {
  const height = sizeOf(pairs, graph.height, 'rows', ({ image }) => image.pixelValues.dims[2] ?? 0)
  const width = sizeOf(pairs, graph.width, 'columns', ({ image }) => image.pixelValues.dims[3] ?? 0)
  const values = new Float32Array(pairs.length * 3 * height * width)
  const mask = new BigInt64Array(pairs.length * height * width)
  for (const [index, { image }] of pairs.entries()) {
    const [, , rows = 0, columns = 0] = image.pixelValues.dims
    for (let y = 0; y < 3 * rows; y++) {
      const row = (index * 3 + Math.floor(y / rows)) * height + (y % rows)
      values.set(image.pixelValues.data.subarray(y * columns, (y + 1) * columns), row * width)
    }
    for (let y = 0; y < rows; y++) {
      mask.set(image.pixelMask.data.subarray(y * columns, (y + 1) * columns), (index * height + y) * width)
    }
  }
  return {
    pixel_values: { type: 'float32', data: values, dims: [pairs.length, 3, height, width] },
    pixel_mask: { type: 'int64', data: mask, dims: [pairs.length, height, width] },
  }
}

function textInputs(pairs: readonly GroundingPair[], graph: GroundingGraph, padId: number): Tensors {
  const length = sizeOf(pairs, graph.sequence, 'tokens', ({ ids }) => ids.length)
  const rows = (fill: number, value: (id: number) => number): Tensor => {
    const data = new BigInt64Array(pairs.length * length).fill(BigInt(fill))
    for (const [row, { ids }] of pairs.entries()) {
      for (const [at, id] of ids.entries()) data[row * length + at] = BigInt(value(id))
    }
    return { type: 'int64', data, dims: [pairs.length, length] }
  }
  return {
    input_ids: rows(padId, (id) => id),
    attention_mask: rows(0, () => 1),
    token_type_ids: rows(0, () => 0),
  }
}

function sizeOf(
  pairs: readonly GroundingPair[],
  fixed: number | null,
  what: string,
  measure: (pair: GroundingPair) => number,
): number {
  const largest = Math.max(...pairs.map(measure))
  if (fixed !== null && largest > fixed) {
    throw new FldError(
      'model_invalid',
      `the model takes ${fixed} ${what}; its configuration makes inputs of ${largest}`,
    )
  }
  return fixed ?? largest
}
