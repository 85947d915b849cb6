import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Tensor, Tensors } from '../../../src/models/sessions/tensor.js'
import type { Candidate } from '../../../workers/detect/candidate.js'
import { decodeOutputs } from '../../../workers/detect/decode-outputs.js'
import { detectOptionsSchema } from '../../../workers/detect/options.js'

function options(more: Record<string, unknown>) {
  return detectOptionsSchema.parse({ decoder: 'set-prediction', ...more })
}

function tensor(dims: readonly number[], values: readonly number[]): Tensor {
  return { type: 'float32', data: Float32Array.from(values), dims }
}

/** Boxes [1, queries, 4], each told apart by its centre. */
function boxesOf(queries: number): Tensor {
  const values = Array.from({ length: queries }, (_, query) => [(query + 1) / 100, 0.5, 0.25, 0.125])
  return tensor([1, queries, 4], values.flat())
}

describe('set prediction with softmax', () => {
  // Exponentials 1, 2, 4 and background 1; 1, 1, 1 and 5; 2, 1, 1 and 1.
  const logits = tensor(
    [1, 3, 4],
    [
      [1, 2, 4, 1],
      [1, 1, 1, 5],
      [2, 1, 1, 1],
    ]
      .flat()
      .map(Math.log),
  )
  const outputs = { logits, pred_boxes: boxesOf(3) }

  it('says the best class of each query but the last, with its share among all', () => {
    const found = decodeOutputs(outputs, options({ scoring: 'softmax', score_min: 0.1 }), { classes: 3 })
    expect(found.map(({ label }) => label)).toEqual([2, 0, 0])
    for (const [index, score] of [4 / 8, 2 / 5, 1 / 8].entries()) expect(found[index]?.score).toBeCloseTo(score, 6)
    // Centre 0.01, 0.5, a quarter wide and an eighth high: it begins outside the image and is not clipped here.
    const [first] = found
    for (const [side, value] of [
      ['x1', -0.115],
      ['y1', 0.4375],
      ['x2', 0.135],
      ['y2', 0.5625],
    ] as const) {
      expect(first?.[side]).toBeCloseTo(value, 6)
    }
  })

  it('is strictly above the threshold', () => {
    const even = { logits: tensor([1, 1, 2], [0, 0]), pred_boxes: boxesOf(1) }
    const one = { classes: 1 }
    expect(decodeOutputs(even, options({ scoring: 'softmax', score_min: 0.5 }), one)).toEqual([])
    expect(decodeOutputs(even, options({ scoring: 'softmax', score_min: 0.49 }), one)).toMatchObject([{ score: 0.5 }])
  })

  it('does not overflow', () => {
    const large = { logits: tensor([1, 2, 3], [500, -500, 400, -900, -800, 900]), pred_boxes: boxesOf(2) }
    const found = decodeOutputs(large, options({ scoring: 'softmax', score_min: 0 }), { classes: 2 })
    expect(found).toMatchObject([{ label: 0, score: 1 }])
  })
})

describe('set prediction with sigmoid', () => {
  const grid = fc
    .record({ queries: fc.integer({ min: 1, max: 12 }), classes: fc.integer({ min: 1, max: 6 }) })
    .chain(({ queries, classes }) =>
      fc.record({
        queries: fc.constant(queries),
        classes: fc.constant(classes),
        // Halves, so that equal scores are met as well.
        logits: fc.array(
          fc.integer({ min: -8, max: 8 }).map((value) => value / 2),
          { minLength: queries * classes, maxLength: queries * classes },
        ),
        score_min: fc.double({ min: 0, max: 0.95, noNaN: true }),
        top_k: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
      }),
    )

  it('takes the same pairs as sorting all of them would, best first, never more than there are queries', () => {
    fc.assert(
      fc.property(grid, ({ queries, classes, logits, score_min, top_k }) => {
        const outputs = { logits: tensor([1, queries, classes], logits), pred_boxes: boxesOf(queries) }
        const chosen = options({ scoring: 'sigmoid', score_min, ...(top_k === undefined ? {} : { top_k }) })
        const found = decodeOutputs(outputs, chosen, { classes })
        expect(found.length).toBeLessThanOrEqual(top_k ?? queries)
        expect(found.map(pairOf)).toEqual(
          logits
            .map((logit, at) => ({ at, logit }))
            .sort((a, b) => b.logit - a.logit || a.at - b.at)
            .slice(0, top_k ?? queries)
            .map(({ at, logit }) => ({
              query: Math.floor(at / classes),
              label: at % classes,
              score: 1 / (1 + Math.exp(-logit)),
            }))
            .filter(({ score }) => score > score_min),
        )
      }),
    )
  })

  it('may say several labels of one query', () => {
    const outputs = { logits: tensor([1, 2, 3], [2, 1, -9, -9, -9, -9]), pred_boxes: boxesOf(2) }
    const found = decodeOutputs(outputs, options({ scoring: 'sigmoid' }), { classes: 3 })
    expect(found.map(pairOf)).toMatchObject([
      { query: 0, label: 0 },
      { query: 0, label: 1 },
    ])
  })

  /** The query by the centre of its box. */
  function pairOf({ label, score, x1, x2 }: Candidate) {
    return { query: Math.round(((x1 + x2) / 2) * 100) - 1, label, score }
  }
})

describe('outputs of a set prediction', () => {
  const chosen = options({ scoring: 'sigmoid' })
  const logits = tensor([1, 2, 4], [3, -9, -9, -9, -9, -9, -9, -9])

  it.each<[string, Tensors]>([
    ['of the layout', { logits, pred_boxes: boxesOf(2) }],
    ['of an RF-DETR export', { dets: boxesOf(2), labels: logits }],
  ])('are found by the names %s, four classes or not', (_, outputs) => {
    expect(decodeOutputs(outputs, chosen, { classes: 4 })).toMatchObject([{ label: 0 }])
  })

  it('are found by their shapes under other names', () => {
    const outputs = { '907': tensor([1, 2, 3], [-9, 3, -9, -9, -9, -9]), '912': boxesOf(2) }
    expect(decodeOutputs(outputs, chosen, { classes: 3 })).toMatchObject([{ label: 1 }])
  })

  it('are named where they are something else', () => {
    const scored = { labels: { type: 'int64', data: new BigInt64Array(2), dims: [1, 2] }, boxes: boxesOf(2) } as const
    expect(() => decodeOutputs(scored, chosen, { classes: 4 })).toThrow(
      /class logits of shape \[1, 2, \?\].*labels int64\[1, 2\]/,
    )
    const apart = { logits, pred_boxes: boxesOf(3) }
    expect(() => decodeOutputs(apart, chosen, { classes: 4 })).toThrow(/not of the same queries/)
  })

  it('have as many classes as are named; more only where the last ones may be nameless', () => {
    const outputs = { logits, pred_boxes: boxesOf(2) }
    expect(() => decodeOutputs(outputs, chosen, { classes: 3 })).toThrow(
      /logits \[1, 2, 4\] has 4 classes; 3 are named/,
    )
    expect(() => decodeOutputs(outputs, chosen, { classes: 5, unnamedClasses: true })).toThrow(/5 are named/)
    expect(decodeOutputs(outputs, chosen, { classes: 3, unnamedClasses: true })).toHaveLength(1)
    const softmax = options({ scoring: 'softmax' })
    expect(() => decodeOutputs(outputs, softmax, { classes: 4 })).toThrow(/3 classes and the background; 4 are named/)
  })

  it('cannot be read without a scoring', () => {
    const outputs = { logits, pred_boxes: boxesOf(2) }
    expect(() => decodeOutputs(outputs, options({}), { classes: 4 })).toThrow(/scoring: sigmoid or softmax/)
  })
})
