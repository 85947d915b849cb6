import { describe, expect, it } from 'vitest'
import type { AgreedRegion } from '../../../schemas/annotation.js'
import { decompressRuns } from '../../../schemas/mask-rle.js'
import type { Observation } from '../../../schemas/observation.js'
import { regionOptionsSchema } from '../../../workers/florence2/options.js'
import { regionQuestions } from '../../../workers/florence2/region-tasks.js'
import { region } from '../painted-images.js'
import { observed, wideImage } from './written-answer.js'

const dog = region('r1', 'dog', [100, 100, 300, 200])
const sign = region('t1', 'STOP', [10, 10, 60, 30], {
  kind: 'text',
  quad: [10, 10, 60, 12, 60, 30, 10, 28],
  score: 0.7,
})
const phrase = region('p1', 'a wall', [0, 0, 500, 400], { kind: 'phrase' })

function ask(tasks: readonly string[], regions: readonly AgreedRegion[], more: Record<string, unknown> = {}) {
  return regionQuestions(wideImage({ regions }), regionOptionsSchema.parse({ tasks, ...more }))
}

function say(task: string, text: string, regions = [dog]): Observation[] {
  return observed(ask([task], regions), text)
}

describe('which regions are asked about', () => {
  it('objects, text where it is read', () => {
    const asked = (task: string) => ask([task], [dog, sign, phrase]).map(({ request }) => request.input)
    expect(asked('REGION_TO_CATEGORY')).toEqual(['<loc_100><loc_200><loc_300><loc_400>'])
    expect(asked('REGION_TO_OCR')).toEqual(['<loc_10><loc_20><loc_60><loc_60>'])
    expect(asked('REFERRING_EXPRESSION_SEGMENTATION')).toEqual(['dog'])
  })

  it('the best of those that are large enough, each once', () => {
    const regions = [0.2, 0.9, 0.5].map((score, at) => region(`r${at}`, 'dog', [0, 0, 50, 20 + at], { score }))
    const inputs = (more: Record<string, unknown>) =>
      ask(['REGION_TO_CATEGORY'], [...regions, ...regions], more).map(({ request }) => request.input)
    const [first, second, third] = [1, 2, 0].map((at) => `<loc_0><loc_0><loc_50><loc_${(20 + at) * 2}>`)
    expect(inputs({})).toEqual([first, second, third])
    expect(inputs({ max_regions: 1 })).toEqual([first])
    expect(inputs({ min_side: 21 })).toEqual([first, second])
  })

  it('for an expression, only those that it can refer to', () => {
    const other = region('r2', ' Dog', [0, 0, 3, 3])
    const cat = region('r3', 'cat', [0, 0, 50, 50])
    const asked = ask(['REFERRING_EXPRESSION_SEGMENTATION'], [dog, other, cat])
    expect(asked.map(({ request }) => request.input)).toEqual(['cat'])
  })

  it('none outside the image', () => {
    expect(ask(['REGION_TO_CATEGORY'], [region('r9', 'dog', [2000, 0, 2100, 100])])).toEqual([])
  })
})

describe('words about regions', () => {
  it.each(['REGION_TO_CATEGORY', 'REGION_TO_DESCRIPTION'])('%s is a caption of it, without its locations', (task) => {
    const said = 'a brown dog<loc_100><loc_200><loc_300><loc_400>'
    expect(say(task, said)).toMatchObject([{ kind: 'region_caption', region_id: 'r1', text: 'a brown dog' }])
  })

  it('that are missing are a reject', () => {
    const said = '<loc_100><loc_200><loc_300><loc_400>'
    expect(say('REGION_TO_CATEGORY', said)).toMatchObject([
      { kind: 'rejected_text', reason: 'empty_text', region_id: 'r1', granularity: null },
    ])
    expect(say('REGION_TO_CATEGORY', 'a dog<and>')).toMatchObject([{ reason: 'malformed', region_id: 'r1' }])
  })

  it('REGION_TO_OCR is text where the region is', () => {
    expect(say('REGION_TO_OCR', 'STOP', [sign])).toEqual([
      {
        kind: 'text_region',
        text: 'STOP',
        score: expect.closeTo(0.5),
        box_score: 0.7,
        quad: sign.quad,
        box: [10, 10, 60, 30],
      },
    ])
    const [read] = say('REGION_TO_OCR', 'STOP', [{ ...sign, quad: null }])
    expect(read).toMatchObject({ quad: [10, 10, 60, 10, 60, 30, 10, 30] })
  })
})

describe('masks', () => {
  const square = '<loc_100><loc_200><loc_300><loc_200><loc_300><loc_400><loc_100><loc_400>'
  const backwards = '<loc_500><loc_200><loc_500><loc_400><loc_600><loc_400>'

  it.each(['REGION_TO_SEGMENTATION', 'REFERRING_EXPRESSION_SEGMENTATION'])('%s draws the region', (task) => {
    const [mask, ...more] = say(task, `<poly>${square}<sep>${backwards}</poly>`)
    expect(more).toEqual([])
    expect(mask).toMatchObject({
      kind: 'mask',
      region_id: 'r1',
      stability: null,
      score: expect.closeTo(0.25),
      polygon_rings: [0, 4],
    })
    if (mask?.kind !== 'mask') throw new Error('no mask')
    // Both clockwise: the second was said the other way round.
    expect(mask.polygon_points.slice(0, 8)).toEqual([100.5, 100.25, 300.5, 100.25, 300.5, 200.25, 100.5, 200.25])
    expect(mask.polygon_points.slice(8)).toEqual([600.5, 200.25, 500.5, 200.25, 500.5, 100.25])
    const runs = decompressRuns(mask.rle)
    expect(runs.reduce((sum, run) => sum + run, 0)).toBe(500_000)
    const filled = runs.filter((_, at) => at % 2 === 1).reduce((sum, run) => sum + run, 0)
    expect(filled / (200 * 100 + (100 * 100) / 2)).toBeCloseTo(1, 1)
  })

  it.each([
    ['nothing is said', ''],
    ['words are said', 'a dog'],
    ['a line is drawn', `<poly>${'<loc_1><loc_1>'.repeat(4)}</poly>`],
  ])('are rejects where %s', (_, text) => {
    expect(say('REGION_TO_SEGMENTATION', text)).toMatchObject([
      { kind: 'rejected_text', reason: 'malformed', region_id: 'r1', failed: { pixels: 0 } },
    ])
  })
})
