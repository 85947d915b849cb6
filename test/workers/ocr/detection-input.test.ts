import { describe, expect, it } from 'vitest'
import { detectionInput, detectionSize } from '../../../workers/ocr/detection-input.js'

describe('detectionSize', () => {
  it.each([
    { image: [1280, 720], limit: 960, size: [960, 544] },
    // 22.5 strides go to the even number of them, as in Python.
    { image: [1280, 720], limit: 1280, size: [1280, 704] },
    { image: [460, 276], limit: 960, size: [448, 288] },
    { image: [8, 3000], limit: 960, size: [32, 960] },
  ])('of $image at $limit is $size', ({ image: [width = 0, height = 0], limit, size }) => {
    const { width: w, height: h } = detectionSize({ width, height }, limit)
    expect([w, h]).toEqual(size)
  })
})

describe('detectionInput', () => {
  it('has the planes blue, green, red, each normalised in that order', () => {
    const data = new Uint8Array(32 * 32 * 3)
    for (let at = 0; at < data.length; at += 3) data.set([255, 0, 51], at)
    const { data: values, dims } = detectionInput({ width: 32, height: 32, data }, { width: 32, height: 32 })
    expect(dims).toEqual([1, 3, 32, 32])
    expect(values[0]).toBeCloseTo((0.2 - 0.485) / 0.229, 5)
    expect(values[1024]).toBeCloseTo((0 - 0.456) / 0.224, 5)
    expect(values[2048]).toBeCloseTo((1 - 0.406) / 0.225, 5)
  })
})
