import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Box } from '../../../schemas/geometry.js'
import { distinctBoxes } from '../../../workers/ground/distinct-boxes.js'

const frame = { width: 100, height: 80, nms_iou: 0.5, most: 10 }
const box: Box = [10, 10, 30, 30]

describe('distinct boxes', () => {
  it('are the best of those that overlap, for each key', () => {
    const found = [
      { key: 'a', score: 0.5, box },
      { key: 'a', score: 0.7, box: [11, 10, 31, 30] as const },
      { key: 'b', score: 0.6, box },
      { key: 'a', score: 0.4, box: [25, 10, 45, 30] as const },
    ]
    expect(distinctBoxes(found, frame).map(({ key, score }) => [key, score])).toEqual([
      ...[
        ['a', 0.7],
        ['b', 0.6],
        ['a', 0.4],
      ],
    ])
    expect(distinctBoxes(found, { ...frame, nms_iou: null })).toHaveLength(4)
    expect(distinctBoxes(found, { ...frame, most: 1 }).map(({ score }) => score)).toEqual([0.7])
  })

  it('are clipped; those outside, empty or no numbers are left out', () => {
    const boxes: Box[] = [
      ...([
        [-5, -5, 10, 10],
        [90, 70, 130, 130],
        [100, 0, 120, 20],
        [5, 5, 5, 20],
        [20, 20, 10, 30],
      ] as const),
      [Number.NaN, 0, 5, 5],
    ]
    const kept = distinctBoxes(
      boxes.map((each, index) => ({ key: `${index}`, score: 1 - index / 10, box: each })),
      frame,
    )
    expect(kept.map((each) => each.box)).toEqual([
      [0, 0, 10, 10],
      [90, 70, 100, 80],
    ])
  })

  it('lie in the image, best first, and no two of a key overlap by more', () => {
    const side = fc.double({ min: -50, max: 150, noNaN: true })
    const each = fc.record({
      key: fc.constantFrom('a', 'b'),
      score: fc.double({ min: 0, max: 1, noNaN: true }),
      box: fc.tuple(side, side, side, side),
    })
    fc.assert(
      fc.property(fc.array(each, { maxLength: 30 }), (found) => {
        const kept = distinctBoxes(found, frame)
        for (const [
          index,
          {
            key,
            score,
            box: [x1, y1, x2, y2],
          },
        ] of kept.entries()) {
          expect(x1 >= 0 && y1 >= 0 && x2 > x1 && y2 > y1 && x2 <= 100 && y2 <= 80).toBe(true)
          expect(kept.slice(index + 1).every((later) => later.score <= score)).toBe(true)
          expect(
            distinctBoxes(
              kept.filter((other) => other.key === key),
              frame,
            ),
          ).toHaveLength(kept.filter((other) => other.key === key).length)
        }
      }),
    )
  })
})
