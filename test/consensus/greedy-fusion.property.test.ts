import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Box, boxIou } from '../../schemas/geometry.js'
import { joinModels, nms, weightedBoxesFusion } from '../../src/consensus/index.js'

// Enough boxes of one label for the grid that skips far ones; compared with looking at every pair.
const crowd = fc.record({
  iou: fc.constantFrom(0, 0.1, 0.5, 0.65, 0.9),
  boxes: fc.array(
    fc.record({
      x: fc.double({ min: 0, max: 0.9, noNaN: true }),
      y: fc.double({ min: 0, max: 0.9, noNaN: true }),
      width: fc.double({ min: 0.01, max: 0.6, noNaN: true }),
      height: fc.double({ min: 0.01, max: 0.1, noNaN: true }),
      score: fc.double({ min: 0.01, max: 1, noNaN: true }),
    }),
    { minLength: 120, maxLength: 250, size: 'max' },
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
      { numRuns: 100 },
    )
  })

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
      { numRuns: 100 },
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
