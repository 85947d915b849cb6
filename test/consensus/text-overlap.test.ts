import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Box } from '../../schemas/geometry.js'
import { quadIou } from '../../src/consensus/boxes/quad-overlap.js'
import { readText } from '../../src/consensus/regions/read-text.js'
import { overlapFinder } from '../../src/consensus/regions/text-overlap.js'
import { quadOf } from './sources.js'

const reading = fc
  .record({
    ...{ x: fc.integer({ min: 0, max: 60 }), y: fc.integer({ min: 0, max: 60 }) },
    ...{ w: fc.integer({ min: 1, max: 30 }), h: fc.integer({ min: 1, max: 30 }) },
    angle: fc.constantFrom(0, 0, 0.4, 1.2),
  })
  .map(({ x, y, w, h, angle }) => {
    const box: Box = [x, y, x + w, y + h]
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
    const quad = [0, 2, 4, 6].flatMap((at) => {
      const [dx, dy] = [(quadOf(box)[at] ?? 0) - x, (quadOf(box)[at + 1] ?? 0) - y]
      return [x + dx * cos - dy * sin, y + dx * sin + dy * cos]
    })
    const observation = { kind: 'text_region' as const, text: 'STOP', score: 0.9, box_score: 0.9, box, quad }
    return readText({ annotator: 'a', family: 'a', human: false, observation, label: 'STOP', score: 0.9, box })
  })

describe('overlapFinder', () => {
  it('finds, in the order they came in, those whose bounds overlap, and no reading that shares anything is missed', () => {
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 40 }), reading, (texts, asked) => {
        const found = overlapFinder(texts)(asked)
        const [left, top, right, bottom] = asked.bounds
        expect(found).toEqual(
          texts.filter(({ bounds: [x1, y1, x2, y2] }) => x1 < right && left < x2 && y1 < bottom && top < y2),
        )
        const sharing = texts.filter(({ observation }) => quadIou(observation.quad, asked.observation.quad) > 0)
        for (const text of sharing) expect(found).toContain(text)
      }),
    )
  })

  it('gives each word of a large page itself only', () => {
    const [columns, rows] = [40, 100]
    const page = Array.from({ length: columns * rows }, (_, index) => {
      const [x, y] = [(index % columns) * 100, Math.floor(index / columns) * 40]
      const box: Box = [x, y, x + 80, y + 25]
      const observation = { kind: 'text_region' as const, text: 'a', score: 1, box_score: 1, box, quad: quadOf(box) }
      return readText({ annotator: 'a', family: 'a', human: false, observation, label: 'a', score: 1, box })
    })
    const overlapping = overlapFinder(page)
    for (const text of page) expect(overlapping(text)).toEqual([text])
  })
})
