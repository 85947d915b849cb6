import { describe, expect, it } from 'vitest'
import { letterboxToTensor, pixelTables, resizeToTensor, toTensor } from '../../../src/models/pixels/pixel-tensor.js'
import type { Raster } from '../../../src/models/pixels/raster.js'
import { letterbox, resizeBilinear } from '../../../src/models/pixels/resize.js'

const mean = [10, 20, 30] as const
const std = [2, 4, 8] as const

/** Every byte different from its neighbours. */
function pattern(width: number, height: number): Raster {
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 251) }
}

/** The definition, pixel by pixel. */
function planes(raster: Raster, order: 'RGB' | 'BGR'): number[] {
  return [0, 1, 2].flatMap((plane) => {
    const channel = order === 'RGB' ? plane : 2 - plane
    const bytes = [...raster.data].filter((_, i) => i % 3 === channel)
    return bytes.map((byte) => (byte - (mean[plane] ?? 0)) / (std[plane] ?? 1))
  })
}

describe.each(['RGB', 'BGR'] as const)('pixels as %s planes', (order) => {
  const tables = pixelTables({ order, mean, std })

  it('are normalised per plane', () => {
    const raster = pattern(5, 4)
    const data = new Float32Array(60)
    toTensor(raster, tables, { data, width: 5, height: 4 })
    expect([...data]).toEqual(planes(raster, order))
  })

  it('are what resizing and normalising one after the other give', () => {
    const raster = pattern(13, 9)
    const size = { width: 7, height: 5 }
    const data = new Float32Array(105)
    resizeToTensor(raster, size, tables, { ...size, data })
    expect([...data]).toEqual(planes(resizeBilinear(raster, size), order))
    const frame = { width: 6, height: 6 }
    const boxed = new Float32Array(108)
    const { scale } = letterboxToTensor(raster, tables, { ...frame, data: boxed })
    expect(scale).toBeCloseTo(6 / 13)
    expect([...boxed]).toEqual(planes(letterbox(raster, frame).raster, order))
  })
})

describe('a target', () => {
  const tables = pixelTables({ order: 'RGB', mean: [0, 0, 0], std: [1, 1, 1] })

  it('takes an image at its place in the batch, at the top left, and keeps the rest', () => {
    const data = new Float32Array(2 * 3 * 2 * 3).fill(-1)
    toTensor({ width: 1, height: 1, data: Uint8Array.of(7, 8, 9) }, tables, { data, width: 3, height: 2, index: 1 })
    const expected = new Float32Array(36).fill(-1)
    expected.set([7], 18)
    expected.set([8], 24)
    expected.set([9], 30)
    expect(data).toEqual(expected)
  })

  it('refuses an image that does not fit', () => {
    const target = { data: new Float32Array(12), width: 2, height: 2 }
    expect(() => toTensor(pattern(3, 1), tables, target)).toThrow(/3x1 at 0 does not fit/)
    expect(() => toTensor(pattern(2, 2), tables, { ...target, index: 1 })).toThrow(/at 1 does not fit/)
  })
})
