import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cropRaster, windowAround } from '../../../src/models/pixels/crop-raster.js'
import type { Raster } from '../../../src/models/pixels/raster.js'

describe('the crop of a region', () => {
  it('adds the margin on each side and takes the pixels that are touched', () => {
    expect(windowAround([20, 30, 60, 50], { width: 100, height: 100 }, { margin: 0.1, leastSide: 4 })).toEqual({
      left: 16,
      top: 28,
      width: 48,
      height: 24,
    })
    expect(windowAround([20.5, 30.2, 60.5, 50.7], { width: 100, height: 100 }, { margin: 0, leastSide: 4 })).toEqual({
      left: 20,
      top: 30,
      width: 41,
      height: 21,
    })
  })

  it('ends where the image does', () => {
    const image = { width: 100, height: 80 }
    expect(windowAround([0, 0, 100, 80], image, { margin: 0.5, leastSide: 4 })).toEqual({
      left: 0,
      top: 0,
      width: 100,
      height: 80,
    })
    expect(windowAround([90, 70, 100, 80], image, { margin: 0.2, leastSide: 4 })).toEqual({
      left: 88,
      top: 68,
      width: 12,
      height: 12,
    })
  })

  it('has a few pixels of the smallest box, around its middle', () => {
    const image = { width: 100, height: 80 }
    expect(windowAround([50.2, 40.2, 50.3, 40.3], image, { margin: 0.1, leastSide: 4 })).toEqual({
      left: 48,
      top: 38,
      width: 4,
      height: 4,
    })
    expect(windowAround([99.8, 0, 100, 0.1], image, { margin: 0, leastSide: 4 })).toEqual({
      left: 96,
      top: 0,
      width: 4,
      height: 4,
    })
    expect(windowAround([0, 0, 1, 2], { width: 1, height: 2 }, { margin: 0.1, leastSide: 4 })).toEqual({
      left: 0,
      top: 0,
      width: 1,
      height: 2,
    })
  })

  it('lies inside the image and covers the box, whatever the box', () => {
    const side = fc.integer({ min: 1, max: 500 })
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    const margin = fc.double({ min: 0, max: 4, noNaN: true })
    fc.assert(
      fc.property(side, side, fc.tuple(share, share, share, share), margin, (width, height, [a, b, c, d], around) => {
        const [x1, x2] = [Math.min(a, c) * width, Math.max(a, c) * width]
        const [y1, y2] = [Math.min(b, d) * height, Math.max(b, d) * height]
        const area = windowAround([x1, y1, x2, y2], { width, height }, { margin: around, leastSide: 4 })
        expect(Object.values(area).every(Number.isInteger)).toBe(true)
        expect(area.width).toBeGreaterThanOrEqual(Math.min(4, width))
        expect(area.height).toBeGreaterThanOrEqual(Math.min(4, height))
        expect(Math.min(area.left, area.top)).toBeGreaterThanOrEqual(0)
        expect(area.left + area.width).toBeLessThanOrEqual(width)
        expect(area.top + area.height).toBeLessThanOrEqual(height)
        expect(area.left).toBeLessThanOrEqual(x1)
        expect(area.top).toBeLessThanOrEqual(y1)
        expect(area.left + area.width).toBeGreaterThanOrEqual(x2)
        expect(area.top + area.height).toBeGreaterThanOrEqual(y2)
      }),
    )
  })

  it('copies its pixels, row by row', () => {
    const width = 5
    const height = 4
    const raster: Raster = { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => i) }
    const crop = cropRaster(raster, { left: 3, top: 1, width: 2, height: 2 })
    expect(crop).toEqual({
      width: 2,
      height: 2,
      data: Uint8Array.of(24, 25, 26, 27, 28, 29, 39, 40, 41, 42, 43, 44),
    })
    crop.data.fill(0)
    expect(raster.data[24]).toBe(24)
  })
})
