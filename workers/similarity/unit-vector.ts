import { FldError } from '../../schemas/errors.js'

/**
 * The embedding at length 1; one of length 0 stays as it is and is near nothing. Throws FldError `annotator_failed` when
 * it holds what is no number: half precision that ran over.
 */
export function unitVector(embedding: Float32Array): Float32Array {
  let square = 0
  for (const value of embedding) square += value * value
  if (!Number.isFinite(square)) {
    throw new FldError('annotator_failed', 'an embedding holds values that are no finite numbers: a model overflowed')
  }
  const length = Math.sqrt(square)
  return length === 0 ? embedding.slice() : embedding.map((value) => value / length)
}

/** The cosine of two unit vectors, -1 to 1. */
export function cosine(one: Float32Array, other: Float32Array): number {
  if (one.length !== other.length) {
    throw new FldError('model_invalid', `a text has ${one.length} dimensions and an image ${other.length}`)
  }
  let sum = 0
  for (let i = 0; i < one.length; i++) sum += (one[i] ?? 0) * (other[i] ?? 0)
  return Math.min(1, Math.max(-1, sum))
}
