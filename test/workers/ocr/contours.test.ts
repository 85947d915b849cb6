import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BinaryMap, outerBorders } from '../../../workers/ocr/contours.js'

function mapOf(...rows: string[]): BinaryMap {
  const width = rows[0]?.length ?? 0
  return { width, height: rows.length, data: Uint8Array.from(rows.join(''), (cell) => (cell === '#' ? 1 : 0)) }
}

/** 8-connected components by flood fill, each as the set of its pixels: another way to the same answer. */
function components({ width, height, data }: BinaryMap): Set<number>[] {
  const seen = new Set<number>()
  const found: Set<number>[] = []
  for (let start = 0; start < data.length; start++) {
    if (!data[start] || seen.has(start)) continue
    const component = new Set<number>()
    const open = [start]
    while (open.length > 0) {
      const at = open.pop() ?? 0
      if (seen.has(at)) continue
      seen.add(at)
      component.add(at)
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          const [x, y] = [(at % width) + dx, Math.floor(at / width) + dy]
          if (x >= 0 && y >= 0 && x < width && y < height && data[y * width + x]) open.push(y * width + x)
        }
      }
    }
    found.push(component)
  }
  return found
}

function pixelsOf(border: Int32Array, width: number): number[] {
  return Array.from({ length: border.length / 2 }, (_, i) => (border[i * 2 + 1] ?? 0) * width + (border[i * 2] ?? 0))
}

function extent(pixels: Iterable<number>, width: number): number[] {
  const xs = [...pixels].map((at) => at % width)
  const ys = [...pixels].map((at) => Math.floor(at / width))
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
}

const anyMap = fc
  .tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 14 }))
  .chain(([width, height]) =>
    fc
      .array(fc.integer({ min: 0, max: 1 }), { minLength: width * height, maxLength: width * height })
      .map((cells): BinaryMap => ({ width, height, data: Uint8Array.from(cells) })),
  )

describe('outerBorders', () => {
  it('goes round a block once, pixel by pixel', () => {
    const [border, ...more] = outerBorders(mapOf('.....', '.###.', '.###.', '.###.', '.....'))
    expect(more).toEqual([])
    expect(border).toHaveLength(16)
    expect([...(border ?? [])]).toEqual([1, 1, 1, 2, 1, 3, 2, 3, 3, 3, 3, 2, 3, 1, 2, 1])
  })

  it('goes there and back along a stroke one pixel wide', () => {
    expect(outerBorders(mapOf('###')).map((border) => [...border])).toEqual([[0, 0, 1, 0, 2, 0, 1, 0]])
  })

  it('gives a lone pixel and touching corners one border each', () => {
    expect(outerBorders(mapOf('#..#.', '....#'))).toHaveLength(2)
  })

  it('does not take the far side of a hole for a component, but sees one inside the hole', () => {
    const ring = mapOf('#######', '#.....#', '#.###.#', '#.....#', '#######')
    const borders = outerBorders(ring)
    expect(borders.map((border) => extent(pixelsOf(border, 7), 7))).toEqual([
      [0, 0, 6, 4],
      [2, 2, 4, 2],
    ])
  })

  it('stops at the limit', () => {
    expect(outerBorders(mapOf('#.#.#.#'), 2)).toHaveLength(2)
  })

  it('finds one border per component, on it, connected, and as wide and high as it', () => {
    fc.assert(
      fc.property(anyMap, (map) => {
        const borders = outerBorders(map).map((border) => pixelsOf(border, map.width))
        const expected = components(map)
        expect(borders).toHaveLength(expected.length)
        for (const [index, component] of expected.entries()) {
          const border = borders[index] ?? []
          expect(border.every((pixel) => component.has(pixel))).toBe(true)
          expect(extent(border, map.width)).toEqual(extent(component, map.width))
          for (const [step, pixel] of border.entries()) {
            const next = border[(step + 1) % border.length] ?? 0
            expect(Math.abs((pixel % map.width) - (next % map.width))).toBeLessThanOrEqual(1)
            expect(Math.abs(Math.floor(pixel / map.width) - Math.floor(next / map.width))).toBeLessThanOrEqual(1)
          }
        }
      }),
      { numRuns: 400 },
    )
  })
})
