import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { minAreaRectangle } from '../../../workers/ocr/min-area-rectangle.js'
import { ocrOptionsSchema } from '../../../workers/ocr/options.js'
import {
  clockwiseFromTopLeft,
  detectedLines,
  meanInside,
  type ProbabilityMap,
  unclipped,
} from '../../../workers/ocr/text-boxes.js'

const options = ocrOptionsSchema.parse({})

/** A map with one upright block of a probability. */
function blockMap(block: { x: number; y: number; width: number; height: number; probability: number }): ProbabilityMap {
  const map = { width: 96, height: 64, data: new Float32Array(96 * 64) }
  for (let y = block.y; y < block.y + block.height; y++) {
    map.data.fill(block.probability, y * 96 + block.x, y * 96 + block.x + block.width)
  }
  return map
}

describe('detectedLines', () => {
  it('grows a kernel by area * ratio / perimeter on every side and scales it to the image', () => {
    const map = blockMap({ x: 20, y: 20, width: 41, height: 11, probability: 0.9 })
    const [line, ...more] = detectedLines(map, { ...options, imageWidth: 192, imageHeight: 64 })
    expect(more).toEqual([])
    expect(line?.score).toBeCloseTo(0.9)
    // 40 x 10 between pixel centres: 400 * 1.5 / 100 = 6; twice as wide in the image.
    expect(line?.quad).toEqual([28, 14, 132, 14, 132, 36, 28, 36])
  })

  it('keeps inside the image what grows beyond it', () => {
    const map = blockMap({ x: 0, y: 0, width: 96, height: 20, probability: 0.9 })
    const [line] = detectedLines(map, { ...options, imageWidth: 96, imageHeight: 64 })
    expect(line?.quad.slice(0, 4)).toEqual([0, 0, 95, 0])
  })

  it.each([
    ['thinner than min_size', { x: 20, y: 20, width: 40, height: 3, probability: 0.9 }],
    ['scored below box_thresh', { x: 20, y: 20, width: 40, height: 12, probability: 0.55 }],
    ['below thresh', { x: 20, y: 20, width: 40, height: 12, probability: 0.3 }],
  ])('drops what is %s', (_, block) => {
    expect(detectedLines(blockMap(block), { ...options, imageWidth: 96, imageHeight: 64 })).toEqual([])
  })
})

describe('meanInside', () => {
  it('takes the outline in', () => {
    const map = blockMap({ x: 10, y: 10, width: 5, height: 3, probability: 1 })
    expect(meanInside(map, [10, 10, 14, 10, 14, 12, 10, 12])).toBe(1)
    expect(meanInside(map, [9, 10, 14, 10, 14, 12, 9, 12])).toBeCloseTo(15 / 18)
  })

  it.each([
    [[23, 25, 37, 22, 38, 27, 24, 29], 85],
    [[65, 29, 79, 31, 79, 37, 65, 35], 105],
    [[45, 34, 53, 35, 52, 41, 44, 40], 64],
    [[69, 35, 79, 46, 79, 53, 66, 42], 117],
  ])('takes as many pixels of the quad %j as OpenCV fills: %i', (quad, pixels) => {
    const [x = 0, y = 0] = quad
    const map = blockMap({ x: x + 2, y: y + 4, width: 1, height: 1, probability: 1 })
    expect(meanInside(map, quad)).toBeCloseTo(1 / pixels, 9)
  })

  it('ignores what lies outside the map', () => {
    const map = blockMap({ x: 0, y: 0, width: 10, height: 10, probability: 1 })
    expect(meanInside(map, [-5, -5, 9, -5, 9, 9, -5, 9])).toBe(1)
    expect(meanInside(map, [-9, -9, -5, -9, -5, -5, -9, -5])).toBe(0)
  })
})

describe('clockwiseFromTopLeft', () => {
  it('gives the same corners whatever corner comes first', () => {
    const tilted = [10, 12, 60, 2, 64, 22, 14, 32]
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 }), (first) => {
        expect(clockwiseFromTopLeft([...tilted.slice(first * 2), ...tilted.slice(0, first * 2)])).toEqual(tilted)
      }),
    )
  })
})

describe('unclipped', () => {
  it('moves every side outwards by the same distance, at any angle', () => {
    const coordinate = fc.integer({ min: 0, max: 300 })
    fc.assert(
      fc.property(fc.array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 12 }), (cloud) => {
        const kernel = minAreaRectangle(cloud.flat())
        fc.pre(kernel.width > 1 && kernel.height > 1)
        const grown = unclipped(kernel, 1.5)
        const distance = (kernel.width * kernel.height * 1.5) / (2 * (kernel.width + kernel.height))
        expect(grown.width).toBeCloseTo(kernel.width + 2 * distance, 6)
        for (let corner = 0; corner < 8; corner += 2) {
          const dx = (grown.corners[corner] ?? 0) - (kernel.corners[corner] ?? 0)
          const dy = (grown.corners[corner + 1] ?? 0) - (kernel.corners[corner + 1] ?? 0)
          expect(Math.hypot(dx, dy)).toBeCloseTo(distance * Math.SQRT2, 6)
        }
      }),
    )
  })
})
