import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { Box } from '../../schemas/geometry.js'
import type { EnsembleResult } from '../../src/consensus/boxes/detections.js'
import type { FusionConfidence } from '../../src/consensus/boxes/weighted-boxes-fusion.js'
import { joinModels, nms, nonMaximumWeighted, softNms, weightedBoxesFusion } from '../../src/consensus/index.js'
import { describeWithReference, referencePath } from '../reference-data.js'

interface Answer {
  boxes: number[][]
  scores: number[]
  labels: number[]
}
interface Vectors {
  inputs: { name: string; boxes: Box[][]; scores: number[][]; labels: number[][] }[]
  cases: {
    input: number
    expected: Answer | { error: string }
    params: {
      method: 'wbf' | 'nmw' | 'nms' | 'soft_nms'
      weights: number[] | null
      iou_thr: number
      skip_box_thr: number
      conf_type: FusionConfidence
      allows_overflow: boolean
      mode: 'linear' | 'gaussian'
      sigma: number
      thresh: number
    }
  }[]
}

const vectorsPath = 'golden/consensus/vectors-dev.json'
const tolerance = 1e-5

describeWithReference('ensembles against the reference vectors', [vectorsPath], () => {
  const vectors = JSON.parse(readFileSync(referencePath(vectorsPath), 'utf8')) as Vectors

  function answer(test: Vectors['cases'][number]): EnsembleResult {
    const { params } = test
    const input = vectors.inputs[test.input]
    if (input === undefined) throw new Error(`no input ${test.input}`)
    const detections = joinModels(
      input.boxes.map((boxes, model) => ({
        boxes,
        scores: input.scores[model] ?? [],
        labels: input.labels[model] ?? [],
      })),
    )
    const common = { weights: params.weights, iou: params.iou_thr }
    switch (params.method) {
      case 'wbf':
        return weightedBoxesFusion(detections, {
          ...common,
          minScore: params.skip_box_thr,
          confidence: params.conf_type,
          allowsOverflow: params.allows_overflow,
        })
      case 'nmw':
        return nonMaximumWeighted(detections, { ...common, minScore: params.skip_box_thr })
      case 'nms':
        return nms(detections, common)
      case 'soft_nms':
        return softNms(detections, { ...common, decay: params.mode, sigma: params.sigma, minScore: params.thresh })
    }
  }

  it('has every method', () => {
    expect([...new Set(vectors.cases.map((test) => test.params.method))].sort()).toEqual([
      'nms',
      'nmw',
      'soft_nms',
      'wbf',
    ])
    expect(vectors.cases).toHaveLength(338)
  })

  for (const [index, test] of vectors.cases.entries()) {
    const name = vectors.inputs[test.input]?.name
    it(`case ${index}: ${test.params.method} on "${name}"`, () => {
      const result = answer(test)
      // The reference's nms raises an error when there is no box at all; here no boxes give no boxes.
      const expected = 'error' in test.expected ? { boxes: [], scores: [], labels: [] } : test.expected
      expectSameBoxes(toRows(result), answerRows(expected))
    })
  }
})

function toRows(result: EnsembleResult): number[][] {
  return Array.from(result.scores, (score, index) => [
    result.labels[index] ?? -1,
    score,
    ...result.boxes.subarray(index * 4, index * 4 + 4),
  ])
}

function answerRows(expected: Answer): number[][] {
  return expected.scores.map((score, index) => [expected.labels[index] ?? -1, score, ...(expected.boxes[index] ?? [])])
}

/** As sets: each expected row has one result row of its own within the tolerance. */
function expectSameBoxes(rows: number[][], expected: number[][]): void {
  expect(rows).toHaveLength(expected.length)
  const left = [...rows]
  for (const row of expected) {
    const at = left.findIndex((other) =>
      row.every((value, index) => Math.abs(value - (other[index] ?? Number.NaN)) < tolerance),
    )
    expect(at, `no result equals ${JSON.stringify(row)} among ${JSON.stringify(left)}`).toBeGreaterThanOrEqual(0)
    left.splice(at, 1)
  }
}
