import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Quad } from '../../../schemas/geometry.js'
import type { Raster } from '../../../src/models/pixels/raster.js'
import { projectionOnto, warpQuad } from '../../../src/models/pixels/warp.js'

/** Red grows with x, green with y; blue says nothing. */
function ramp(width: number, height: number): Raster {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data.set([x, y, 7], (y * width + x) * 3)
  return { width, height, data }
}

const pixel = ({ width, data }: Raster, x: number, y: number) => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
]

function project(quad: Quad, size: readonly [number, number], [x, y]: readonly [number, number]): [number, number] {
  const { a, b, c, d, e, f, g, h } = projectionOnto(quad, size[0], size[1])
  const scale = g * x + h * y + 1
  return [(a * x + b * y + c) / scale, (d * x + e * y + f) / scale]
}

describe('projectionOnto', () => {
  it('takes the corners of the rectangle onto those of any convex quad', () => {
    const near = fc.integer({ min: 0, max: 40 })
    const quads = fc.tuple(near, near, near, near, near, near, near, near)
    fc.assert(
      fc.property(quads, ([a, b, c, d, e, f, g, h]) => {
        const quad = [a, b, 200 - c, d, 200 - e, 150 - f, g, 150 - h]
        const corners = [
          [0, 0],
          [90, 0],
          [90, 30],
          [0, 30],
        ] as const
        for (const [index, corner] of corners.entries()) {
          const [x, y] = project(quad, [90, 30], corner)
          expect(x).toBeCloseTo(quad[index * 2] ?? -1, 6)
          expect(y).toBeCloseTo(quad[index * 2 + 1] ?? -1, 6)
        }
      }),
    )
  })
})

describe('warpQuad', () => {
  it('of an upright quad of its own size is a copy', () => {
    const crop = warpQuad(ramp(60, 40), [10, 5, 30, 5, 30, 17, 10, 17], { width: 20, height: 12 })
    for (let y = 0; y < 12; y++) for (let x = 0; x < 20; x++) expect(pixel(crop, x, y)).toEqual([10 + x, 5 + y, 7])
  })

  it('follows a ramp between the pixels', () => {
    const quad = [20, 10, 80, 25, 72, 57, 12, 42]
    const size = [30, 16] as const
    const crop = warpQuad(ramp(100, 80), quad, { width: 30, height: 16 })
    for (let y = 0; y < 16; y++) {
      for (let x = 0; x < 30; x++) {
        const [wantX, wantY] = project(quad, size, [x, y])
        const [red = 0, green = 0] = pixel(crop, x, y)
        expect(Math.abs(red - wantX)).toBeLessThanOrEqual(0.55)
        expect(Math.abs(green - wantY)).toBeLessThanOrEqual(0.55)
      }
    }
  })

  it('repeats the edge outside the image', () => {
    const crop = warpQuad(ramp(20, 20), [-5, -5, 5, -5, 5, 5, -5, 5], { width: 10, height: 10 })
    expect(pixel(crop, 0, 0)).toEqual([0, 0, 7])
    expect(pixel(crop, 9, 2)).toEqual([4, 0, 7])
  })
})
