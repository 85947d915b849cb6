import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Box, boxIou } from '../../schemas/geometry.js'
import { joinModels, nms, softNms, weightedBoxesFusion } from '../../src/consensus/index.js'

const box = fc.record({
  x: fc.double({ min: 0, max: 0.9, noNaN: true }),
  y: fc.double({ min: 0, max: 0.9, noNaN: true }),
  width: fc.double({ min: 0.01, max: 0.6, noNaN: true }),
  height: fc.double({ min: 0.01, max: 0.1, noNaN: true }),
  score: fc.double({ min: 0.01, max: 1, noNaN: true }),
})

// Few boxes of one label, enough for the list that tells far ones, enough for the grid: compared with looking at every pair.
const crowd = fc.record({
  iou: fc.constantFrom(0, 0.1, 0.5, 0.65, 0.9),
  boxes: fc.oneof(
    fc.array(box, { minLength: 1, maxLength: 25, size: 'max' }),
    fc.array(box, { minLength: 40, maxLength: 200, size: 'max' }),
    fc.array(box, { minLength: 1020, maxLength: 1100, size: 'max' }),
  ),
})

interface Scored {
  readonly box: Box
  readonly score: number
}

describe('fusing a crowd of one label', () => {
  it('keeps by NMS what looking at every pair keeps', () => {
    fc.assert(
      fc.property(crowd, ({ iou, boxes }) => {
        const scored = strongestFirst(boxes)
        const kept: Scored[] = []
        for (const each of scored) if (kept.every((other) => boxIou(other.box, each.box) <= iou)) kept.push(each)
        expect([...nms(columns(scored), { iou }).scores]).toEqual(kept.map((each) => each.score))
      }),
      { numRuns: 40 },
    )
  })

  for (const decay of ['linear', 'gaussian'] as const) {
    it(`keeps by ${decay} Soft-NMS what decaying every pair keeps`, () => {
      const options = { decay, sigma: 0.5, minScore: 0.1 }
      fc.assert(
        fc.property(crowd, ({ iou, boxes }) => {
          const scored = strongestFirst(boxes)
          const left = scored.map((each) => ({ ...each, decayed: each.score }))
          const kept: number[] = []
          while (left.length > 0) {
            left.sort((a, b) => b.decayed - a.decayed || b.score - a.score)
            const [taken] = left.splice(0, 1)
            if (taken === undefined || taken.decayed <= options.minScore) break
            kept.push(taken.score)
            for (const other of left) {
              const overlap = boxIou(taken.box, other.box)
              if (decay === 'gaussian') other.decayed *= Math.exp(-(overlap * overlap) / options.sigma)
              else if (overlap > iou) other.decayed *= 1 - overlap
            }
          }
          expect([...softNms(columns(scored), { iou, ...options }).scores]).toEqual(kept)
        }),
        { numRuns: 30 },
      )
    })
  }

  it('groups by WBF as looking at every pair does', () => {
    fc.assert(
      fc.property(crowd, ({ iou, boxes }) => {
        const scored = strongestFirst(boxes)
        const groups: { box: Box; members: Scored[] }[] = []
        for (const each of scored) {
          const overlaps = groups.map((group) => boxIou(group.box, each.box))
          const best = overlaps.reduce((top, overlap, at) => (overlap > (overlaps[top] ?? 0) ? at : top), 0)
          const group = groups[best]
          if (group === undefined || (overlaps[best] ?? 0) <= iou) groups.push({ box: each.box, members: [each] })
          else {
            group.members.push(each)
            group.box = meanBox(group.members)
          }
        }
        const sizes = new Array<number>(groups.length).fill(0)
        for (const group of weightedBoxesFusion(columns(scored), { iou }).groupOf)
          sizes[group] = (sizes[group] ?? 0) + 1
        expect(sizes).toEqual(groups.map((group) => group.members.length))
      }),
      { numRuns: 40 },
    )
  })
})

function strongestFirst(
  boxes: readonly { x: number; y: number; width: number; height: number; score: number }[],
): Scored[] {
  const scored = boxes.map(({ x, y, width, height, score }): Scored => {
    return { box: [x, y, Math.min(1, x + width), Math.min(1, y + height)], score }
  })
  // Distinct scores: the order of equal ones is another test's matter.
  return [...new Map(scored.map((each) => [each.score, each])).values()].sort((a, b) => b.score - a.score)
}

function columns(scored: readonly Scored[]) {
  const boxes = scored.map((each) => each.box)
  return joinModels([{ boxes, scores: scored.map((each) => each.score), labels: scored.map(() => 0) }])
}

function meanBox(members: readonly Scored[]): Box {
  const mass = members.reduce((sum, each) => sum + each.score, 0)
  const side = (at: 0 | 1 | 2 | 3): number => members.reduce((sum, each) => sum + each.score * each.box[at], 0) / mass
  return [side(0), side(1), side(2), side(3)]
}
