import { describe, expect, it } from 'vitest'
import { consensusConfigSchema } from '../../schemas/consensus-config.js'
import type { ProposedRegionObservation } from '../../schemas/observation.js'
import { decideImage, decideSoFar } from '../../src/consensus/index.js'
import { image, object, source } from './sources.js'

const detectors = ['yolox', 'picodet'].map((name) => {
  return source(name, [object('cat', 0.9, [10, 10, 110, 110]), object('dog', 0.9, [200, 10, 300, 110])])
})

function proposal(rest: Partial<ProposedRegionObservation>): ProposedRegionObservation {
  return { kind: 'proposed_region', box: [10, 10, 110, 100], text: 'a tabby on a sofa', score: 0.6, ...rest }
}

function question(observations: ProposedRegionObservation[], settings: Record<string, unknown> = {}) {
  const sources = [...detectors, source('florence2', observations, { vocabulary: null })]
  return { image, sources, config: consensusConfigSchema.parse(settings), shard: '000007', round: 0 }
}

describe('a proposed region', () => {
  it('with words stands beside the captions of the object that it overlaps most', () => {
    const asked = question([proposal({})])
    const { region_text, rejects } = decideImage(asked)
    expect(region_text.map(({ label, brief_text }) => [label, brief_text])).toEqual([
      ['cat', 'a tabby on a sofa'],
      ['dog', null],
    ])
    expect(rejects).toEqual([])
    expect(decideSoFar(asked).regionTexts.map(({ texts }) => texts)).toEqual([
      ['cat', 'a tabby on a sofa', 'a tabby', 'a sofa'],
      ['dog'],
    ])
  })

  it('without words is a reject with the object that it is', () => {
    const asked = question([proposal({ text: null })])
    const { region_text, rejects } = decideImage(asked)
    const [cat] = decideSoFar(asked).regions
    expect(region_text).toMatchObject([{ brief_text: null }, { brief_text: null }])
    expect(rejects).toMatchObject([{ kind: 'object', reason: 'nothing_said', support: ['florence2'], score: 0.6 }])
    expect(JSON.parse(rejects[0]?.failed ?? '')).toEqual({ region_id: cat?.region_id, iou: 0.9 })
  })

  it.each(['a sofa', null])('that is no agreed object is a reject with its nearest: %s', (text) => {
    const asked = question([proposal({ text, box: [10, 10, 110, 50] })])
    const { region_text, rejects } = decideImage(asked)
    const [cat] = decideSoFar(asked).regions
    expect(region_text).toMatchObject([{ brief_text: null }, { brief_text: null }])
    expect(rejects).toMatchObject([
      { kind: 'object', stage: 'consensus', reason: 'no_region', support: ['florence2'], score: 0.6 },
    ])
    expect(JSON.parse(rejects[0]?.failed ?? '')).toEqual({ iou: 0.4, lowest: 0.5, nearest: cat?.region_id })
    expect(JSON.parse(rejects[0]?.payload ?? '')).toMatchObject({ observations: [{ text, box: [10, 10, 110, 50] }] })
  })

  it('takes the threshold that is configured', () => {
    const low = question([proposal({ box: [10, 10, 110, 50] })], { proposed_region_iou: 0.4 })
    expect(decideImage(low).region_text).toMatchObject([{ brief_text: 'a tabby on a sofa' }, {}])
    const far = question([proposal({ box: [400, 300, 500, 400] })], { proposed_region_iou: 0 })
    expect(decideImage(far).rejects).toMatchObject([{ reason: 'no_region' }])
  })
})

it('all text of an image without its places makes no row, and is kept as a reject', () => {
  const reader = source('florence2', [{ kind: 'image_text', text: 'STOP', score: 0.9 }], { vocabulary: null })
  const { config } = question([])
  const rows = decideImage({ image, sources: [reader], config, shard: '000007', round: 0 })
  const rejects = [{ kind: 'text', reason: 'no_place', rule: 'text_region', support: ['florence2'], score: 0.9 }]
  expect(rows).toMatchObject({ text: [], region_text: [], phrase_region: [], rejects })
  expect(JSON.parse(rows.rejects[0]?.payload ?? '')).toMatchObject({ observations: [{ text: 'STOP' }] })
})
