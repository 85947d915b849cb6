import { describe, expect, it } from 'vitest'
import { imageQuestions } from '../../../workers/florence2/image-tasks.js'
import { imageOptionsSchema } from '../../../workers/florence2/options.js'
import { observed, type Sureness, wideImage } from './written-answer.js'

function say(task: string, text: string, { labels, ...sureness }: Sureness & { labels?: string[] } = {}) {
  return observed(imageQuestions(wideImage(), imageOptionsSchema.parse({ tasks: [task], labels })), text, sureness)
}

const places = '<loc_100><loc_200><loc_300><loc_400>'
const box = [100.5, 100.25, 300.5, 200.25]

describe('captions', () => {
  it.each([
    ['CAPTION', 'brief'],
    ['DETAILED_CAPTION', 'detailed'],
    ['MORE_DETAILED_CAPTION', 'more_detailed'],
  ])('%s is a %s text', (task, granularity) => {
    const [caption, ...more] = say(task, 'A dog runs.', { words: 0.75 })
    expect(caption).toEqual({
      kind: 'caption',
      granularity,
      text: 'A dog runs.',
      score: expect.closeTo(0.75),
      phrases: [],
    })
    expect(more).toEqual([])
  })

  it('without words, or with tokens that are no words, are rejects', () => {
    const reject = { kind: 'rejected_text', granularity: 'brief', region_id: null, score: 0 }
    expect(say('CAPTION', ' ')).toMatchObject([{ ...reject, reason: 'empty_text', failed: { task: 'CAPTION' } }])
    expect(say('CAPTION', `A dog${places}`)).toMatchObject([{ ...reject, reason: 'malformed', text: `A dog${places}` }])
  })
})

describe('OCR', () => {
  it('is all text of the image', () => {
    expect(say('OCR', 'STOP')).toEqual([{ kind: 'image_text', text: 'STOP', score: expect.closeTo(0.5) }])
  })

  it('of an image without text is nothing', () => {
    expect(say('OCR', '')).toEqual([])
  })

  it('with regions is lines in their places', () => {
    const quad = '<loc_10><loc_20><loc_110><loc_20><loc_110><loc_40><loc_10><loc_40>'
    expect(say('OCR_WITH_REGION', `STOP HERE${quad}`, { words: 0.9, locations: 0.7 })).toEqual([
      {
        kind: 'text_region',
        text: 'STOP HERE',
        score: expect.closeTo(0.9),
        box_score: expect.closeTo(0.7),
        quad: [10.5, 10.25, 110.5, 10.25, 110.5, 20.25, 10.5, 20.25],
        box: [10.5, 10.25, 110.5, 20.25],
      },
    ])
  })

  it('without an area is a reject with its place', () => {
    expect(say('OCR_WITH_REGION', `EXIT${'<loc_5><loc_5>'.repeat(4)}`)).toMatchObject([
      {
        kind: 'rejected_text',
        reason: 'malformed',
        text: 'EXIT',
        failed: { quad: Array(4).fill('5.5 2.75').join(' ') },
      },
    ])
  })
})

it('OCR with stray locations among the words is a reject', () => {
  const quad = '<loc_10><loc_20><loc_110><loc_20><loc_110><loc_40><loc_10><loc_40>'
  expect(say('OCR_WITH_REGION', `STOP<loc_5>HERE${quad}`)).toMatchObject([
    { kind: 'rejected_text', reason: 'malformed', text: 'STOP<loc_5>HERE' },
  ])
})

describe('boxes', () => {
  it('OD is an object for each, as sure as its locations', () => {
    const said = `red car${places}<loc_0><loc_0><loc_999><loc_999>dog${places}`
    expect(say('OD', said, { locations: 0.4 })).toMatchObject([
      { kind: 'object', label: 'red car', box, score: expect.closeTo(0.4) },
      { kind: 'object', label: 'red car', box: [0.5, 0.25, 999.5, 499.75] },
      { kind: 'object', label: 'dog', box },
    ])
  })

  it('are put in order and clipped to the image', () => {
    expect(say('OD', 'dog<loc_300><loc_400><loc_100><loc_200>')).toMatchObject([{ kind: 'object', box }])
    expect(say('OD', 'dog<loc_900><loc_0><loc_1500><loc_999>')).toMatchObject([{ box: [900.5, 0.25, 1000, 499.75] }])
  })

  it('without an area are rejects with their values, and others stay', () => {
    expect(say('OD', `dog<loc_7><loc_1><loc_7><loc_9>${places}`)).toMatchObject([
      {
        kind: 'rejected_text',
        text: 'dog',
        reason: 'malformed',
        failed: { task: 'OD', x1: 7.5, y1: 0.75, x2: 7.5, y2: 4.75 },
      },
      { kind: 'object', label: 'dog', box },
    ])
  })

  it('without words are no objects', () => {
    expect(say('OD', `<loc_1>${places}`)).toMatchObject([{ kind: 'rejected_text', failed: { label: null, x1: 100.5 } }])
  })

  it('of DENSE_REGION_CAPTION and REGION_PROPOSAL are proposals', () => {
    expect(say('DENSE_REGION_CAPTION', `a red car by a wall${places}`)).toEqual([
      { kind: 'proposed_region', box, text: 'a red car by a wall', score: expect.closeTo(0.25) },
    ])
    expect(say('REGION_PROPOSAL', places)).toEqual([
      { kind: 'proposed_region', box, text: null, score: expect.closeTo(0.25) },
    ])
  })

  it('that cannot be read are a reject; silence is an image without any', () => {
    expect(say('OD', 'dog dog')).toMatchObject([{ kind: 'rejected_text', text: 'dog dog', failed: { found: 0 } }])
    expect(say('OD', '')).toEqual([])
  })
})

describe('OPEN_VOCABULARY_DETECTION', () => {
  const labels = ['fire hydrant']

  it('finds the label that it was asked for, in boxes or around polygons', () => {
    const found = { kind: 'object', label: 'fire hydrant', box, score: expect.closeTo(0.25) }
    expect(say('OPEN_VOCABULARY_DETECTION', `hydrant${places}`, { labels })).toEqual([found])
    const polygon = '<loc_100><loc_400><loc_200><loc_200><loc_300><loc_400>'
    expect(say('OPEN_VOCABULARY_DETECTION', `hydrant<poly>${polygon}</poly>`, { labels })).toEqual([found])
  })

  it('is asked once for each label, in the order of the tasks', () => {
    const options = { tasks: ['OD', 'OPEN_VOCABULARY_DETECTION', 'CAPTION'], labels: ['a', ' b '] }
    const asked = imageQuestions(wideImage(), imageOptionsSchema.parse(options))
    expect(asked.map(({ request }) => [request.task, request.input])).toEqual([
      ['OD', undefined],
      ['OPEN_VOCABULARY_DETECTION', 'a'],
      ['OPEN_VOCABULARY_DETECTION', 'b'],
      ['CAPTION', undefined],
    ])
  })

  it('takes labels, and nothing else does', () => {
    for (const options of [{ tasks: ['OPEN_VOCABULARY_DETECTION'] }, { tasks: ['OD'], labels }]) {
      expect(imageOptionsSchema.safeParse(options).error?.issues).toMatchObject([{ path: ['labels'] }])
    }
  })
})
