import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Candidate } from '../../../workers/detect/candidate.js'
import { classWiseNms } from '../../../workers/detect/class-wise-nms.js'
import { toObservations } from '../../../workers/detect/to-observations.js'

const frame = { width: 200, height: 100, scaleX: 0.5, scaleY: 2 }
const vocabulary = ['cat', 'dog', 'bus']

function candidate(label: number, score: number, box: readonly [number, number, number, number]): Candidate {
  const [x1, y1, x2, y2] = box
  return { label, score, x1, y1, x2, y2 }
}

describe('observations', () => {
  it('lie in the original image, clipped, best first, without empty boxes', () => {
    const candidates = [
      candidate(0, 0.25, [10, 20, 30, 40]),
      candidate(1, 0.5, [-5, -5, 500, 500]),
      candidate(2, 0.75, [120, 10, 130, 20]),
      candidate(2, 0.75, [Number.NaN, 10, 130, 20]),
    ]
    expect(toObservations(candidates, frame, { nms_iou: null, max_per_image: 10 }, vocabulary)).toEqual([
      { kind: 'object', label: 'dog', score: 0.5, box: [0, 0, 200, 100] },
      { kind: 'object', label: 'cat', score: 0.25, box: [20, 10, 60, 20] },
    ])
  })

  it('are at most as many as asked for', () => {
    const candidates = [0.1, 0.3, 0.2].map((score) => candidate(0, score, [0, 0, 10, 10]))
    const found = toObservations(candidates, frame, { nms_iou: null, max_per_image: 2 }, vocabulary)
    expect(found.map(({ score }) => score)).toEqual([0.3, 0.2])
  })

  it('suppress a box that overlaps a better one of its class by more than the threshold', () => {
    const candidates = [
      candidate(0, 0.9, [0, 0, 100, 100]),
      candidate(0, 0.8, [0, 0, 100, 81]),
      candidate(0, 0.7, [0, 0, 100, 80]),
      candidate(1, 0.6, [0, 0, 100, 100]),
    ]
    const found = toObservations(
      candidates,
      { ...frame, scaleX: 1, scaleY: 1 },
      { nms_iou: 0.8, max_per_image: 9 },
      vocabulary,
    )
    expect(found.map(({ score }) => score)).toEqual([0.9, 0.7, 0.6])
  })
})

describe('class-wise NMS', () => {
  const boxes = fc.array(
    fc.record({
      label: fc.integer({ min: 0, max: 2 }),
      score: fc.double({ min: 0, max: 1, noNaN: true }),
      x: fc.integer({ min: 0, max: 50 }),
      y: fc.integer({ min: 0, max: 50 }),
      width: fc.integer({ min: 1, max: 50 }),
      height: fc.integer({ min: 1, max: 50 }),
    }),
    { maxLength: 40 },
  )
  const sorted = boxes.map((all) =>
    all
      .map(({ label, score, x, y, width, height }) => candidate(label, score, [x, y, x + width, y + height]))
      .sort((a, b) => b.score - a.score),
  )

  it('keeps a subset in order; what went overlaps a better one that stayed, what stayed overlaps none', () => {
    fc.assert(
      fc.property(sorted, fc.double({ min: 0.1, max: 0.9, noNaN: true }), (candidates, iou) => {
        const kept = classWiseNms(candidates, iou)
        expect(candidates.filter((one) => kept.includes(one))).toEqual(kept)
        for (const one of candidates) {
          const better = kept.slice(0, kept.includes(one) ? kept.indexOf(one) : undefined)
          const rivals = better.filter((other) => other.label === one.label && other.score >= one.score)
          expect(rivals.some((other) => intersectionOverUnion(other, one) > iou)).toBe(!kept.includes(one))
        }
      }),
    )
  })
})

/** IoU by counting the whole pixels that lie in either box and in both. */
function intersectionOverUnion(a: Candidate, b: Candidate): number {
  let both = 0
  let either = 0
  for (let x = 0; x < 100; x++) {
    for (let y = 0; y < 100; y++) {
      const [inA, inB] = [a, b].map((box) => x >= box.x1 && x < box.x2 && y >= box.y1 && y < box.y2)
      if (inA && inB) both += 1
      if (inA || inB) either += 1
    }
  }
  return both / either
}
