import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { imageBatches, outputsOfImage } from '../../../workers/detect/image-batches.js'

describe('images put together in runs', () => {
  const sizes = fc.array(fc.record({ width: fc.constantFrom(32, 64, 96), height: fc.constantFrom(32, 64) }), {
    maxLength: 40,
  })

  it('are each in one run, in order, of one tensor size, in as few runs as the size allows', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 9 }), (images, size) => {
        // Two widths make one tensor width, as rounding to a multiple does.
        const tensorSize = ({ width, height }: { width: number; height: number }) => ({
          width: Math.max(64, width),
          height,
        })
        const batches = imageBatches(images, size, tensorSize)
        expect(batches.flat().sort((a, b) => a - b)).toEqual(images.map((_, position) => position))
        const perSize = new Map<string, number>()
        for (const image of images) {
          const key = JSON.stringify(tensorSize(image))
          perSize.set(key, (perSize.get(key) ?? 0) + 1)
        }
        for (const batch of batches) {
          expect(batch.length).toBeLessThanOrEqual(size)
          expect(batch).toEqual([...batch].sort((a, b) => a - b))
          const keys = batch.map((position) => JSON.stringify(tensorSize(images[position] ?? { width: 0, height: 0 })))
          expect(new Set(keys).size).toBe(1)
        }
        const fewest = [...perSize.values()].reduce((sum, count) => sum + Math.ceil(count / size), 0)
        expect(batches).toHaveLength(fewest)
      }),
    )
  })

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
