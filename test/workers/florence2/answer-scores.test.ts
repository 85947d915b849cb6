import { describe, expect, it } from 'vitest'
import { answerScore, hasMarkers, labelScore, locationScore } from '../../../workers/florence2/answer-scores.js'
import type { GeneratedAnswer } from '../../../workers/florence2/florence2.js'
import { florence2Image } from '../../../workers/florence2/question.js'
import { wideImage, writtenAnswer } from './written-answer.js'

const request = { image: florence2Image(wideImage()), task: 'OD' as const }
const two = writtenAnswer(
  { request },
  'red car<loc_1><loc_2><loc_3><loc_4><loc_5><loc_6><loc_7><loc_8>dog<loc_1><loc_1><loc_9><loc_9>',
)

/** With other probabilities: red, car, eight locations, dog, four locations, the end. */
function withProbabilities(probabilities: readonly number[]): GeneratedAnswer {
  return { ...two, logProbs: [0, 0, ...probabilities.map(Math.log)] }
}

const varied = withProbabilities([
  0.9,
  0.4,
  ...Array(4).fill(0.5),
  ...Array(4).fill(0.25),
  0.8,
  ...Array(4).fill(0.1),
  1,
])

describe('the score of a place', () => {
  it('is the mean of its own locations', () => {
    expect(locationScore(varied, { first: 0, count: 4 })).toBeCloseTo(0.5, 12)
    expect(locationScore(varied, { first: 4, count: 4 })).toBeCloseTo(0.25, 12)
    expect(locationScore(varied, { first: 8, count: 4 })).toBeCloseTo(0.1, 12)
    expect(locationScore(varied, { first: 0, count: 8 })).toBeCloseTo(Math.sqrt(0.125), 12)
  })

  it('is that of the answer where the text spells locations that are no tokens', () => {
    const spelt = { ...varied, text: varied.text.replace('dog', '<loc_7>') }
    expect(locationScore(spelt, { first: 0, count: 4 })).toBe(answerScore(spelt))
    expect(labelScore(spelt, { first: 0, count: 4 })).toBe(answerScore(spelt))
  })
})

describe('the score of words', () => {
  it('is the mean of the tokens before the place, for all places that follow', () => {
    expect(labelScore(varied, { first: 0, count: 4 })).toBeCloseTo(0.6, 12)
    expect(labelScore(varied, { first: 4, count: 4 })).toBeCloseTo(0.6, 12)
    expect(labelScore(varied, { first: 8, count: 4 })).toBeCloseTo(0.8, 12)
  })

  it('is that of the answer where there are none', () => {
    const bare = writtenAnswer({ request: { ...request, task: 'REGION_PROPOSAL' } }, '<loc_1><loc_2><loc_3><loc_4>')
    expect(labelScore(bare, { first: 0, count: 4 })).toBe(answerScore(bare))
  })
})

describe('the score of an answer', () => {
  const words = { ...two, ids: [2, 0, 10, 11, 2], text: '</s><s>ab</s>' }

  it('leaves out what was forced', () => {
    expect(answerScore({ ...words, logProbs: [0, 0, Math.log(0.5), Math.log(0.5), Math.log(0.5)] })).toBeCloseTo(0.5)
    expect(answerScore({ ...words, logProbs: [0, 0, Math.log(0.2), Math.log(0.8), 0] })).toBeCloseTo(0.4)
  })

  it('counts a first token that was chosen', () => {
    expect(answerScore({ ...words, logProbs: [0, Math.log(0.25), 0, 0, 0] })).toBeCloseTo(0.25 ** (1 / 3))
  })

  it('is 0 where nothing was chosen', () => {
    expect(answerScore({ ...words, ids: [2, 0], logProbs: [0, 0] })).toBe(0)
  })
})

it('marks are tokens that are no words', () => {
  const ids = (...own: number[]) => ({ ...two, ids: [2, 0, ...own, 2] })
  expect(hasMarkers(ids(50_263), { locations: false })).toBe(false)
  expect(hasMarkers(ids(50_269), { locations: false })).toBe(true)
  expect(hasMarkers(ids(50_269, 51_268), { locations: true })).toBe(false)
  expect(hasMarkers(ids(51_269), { locations: true })).toBe(true)
})
