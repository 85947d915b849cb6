import { describe, expect, it } from 'vitest'
import { outputsOfImage } from '../../../workers/detect/outputs-of-image.js'

describe('the outputs of a run of several images', () => {
  it('give each image its part of the outputs', () => {
    const outputs = {
      scores: { type: 'float32', data: Float32Array.of(1, 2, 3, 4), dims: [2, 2] },
      labels: { type: 'int64', data: BigInt64Array.of(5n, 6n), dims: [2] },
    } as const
    expect(outputsOfImage(outputs, 1, 2)).toEqual({
      scores: { type: 'float32', data: Float32Array.of(3, 4), dims: [1, 2] },
      labels: { type: 'int64', data: BigInt64Array.of(6n), dims: [1] },
    })
    expect(outputsOfImage(outputs, 0, 1)).toBe(outputs)
  })

  it('are refused where an output has no part for each', () => {
    const outputs = { boxes: { type: 'float32', data: new Float32Array(8), dims: [1, 2, 4] } } as const
    expect(() => outputsOfImage(outputs, 0, 2)).toThrow(/boxes \[1, 2, 4\].*2 images.*model_batch: 1/)
  })
})
