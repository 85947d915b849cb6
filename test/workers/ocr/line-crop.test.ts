import { describe, expect, it } from 'vitest'
import type { Raster } from '../../../src/models/pixels/raster.js'
import { lineCrop, quarterTurned } from '../../../workers/ocr/line-crop.js'

function ramp(width: number, height: number): Raster {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data.set([x, y, 0], (y * width + x) * 3)
  return { width, height, data }
}

describe('lineCrop', () => {
  it('keeps a line as it lies', () => {
    const crop = lineCrop(ramp(80, 60), [10, 20, 50, 20, 50, 32, 10, 32])
    expect([crop.width, crop.height, ...crop.data.subarray(0, 2)]).toEqual([40, 12, 10, 20])
  })

  it('takes the longer of two opposite sides', () => {
    const crop = lineCrop(ramp(80, 60), [10, 20, 50, 20, 53, 34, 10, 30])
    expect([crop.width, crop.height]).toEqual([43, 14])
  })

  it('lays a line on its side when its height is 1.5 times its width, not before', () => {
    const upright = lineCrop(ramp(80, 60), [10, 10, 30, 10, 30, 39, 10, 39])
    expect([upright.width, upright.height]).toEqual([20, 29])
    const turned = lineCrop(ramp(80, 60), [10, 10, 30, 10, 30, 40, 10, 40])
    expect([turned.width, turned.height]).toEqual([30, 20])
    // Counter-clockwise: the top right corner comes to the top left.
    expect([...turned.data.subarray(0, 2)]).toEqual([29, 10])
  })
})

describe('quarterTurned', () => {
  it('is itself after four turns', () => {
    const raster = ramp(5, 3)
    expect(quarterTurned(quarterTurned(quarterTurned(quarterTurned(raster))))).toEqual(raster)
  })
})
