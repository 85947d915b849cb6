import { describe, expect, it } from 'vitest'
import { type ConsensusConfig, consensusConfigSchema } from '../../schemas/consensus-config.js'
import type { MaskObservation, Observation } from '../../schemas/observation.js'
import { decideImage, decideSoFar, type Source } from '../../src/consensus/index.js'
import { image, object, source } from './sources.js'

const before = consensusConfigSchema.parse({})
const detectors = [
  source('yolox', [object('cat', 0.9, [10, 10, 110, 110]), object('dog', 0.9, [300, 100, 400, 200])]),
  source('picodet', [object('cat', 0.5, [14, 12, 116, 114]), object('dog', 0.9, [302, 100, 402, 200])]),
]
const [first, second] = decideSoFar({ image, sources: detectors, config: before }).regions
const cat = [first, second].find((region) => region?.label === 'cat')
const ring = { polygon_points: [10, 10, 110, 10, 110, 110], polygon_rings: [0] }

function voice(annotator: string, ...observations: Observation[]): Source {
  return source(annotator, observations, { vocabulary: null })
}

function decide(config: ConsensusConfig, sources: readonly Source[]) {
  return decideImage({ image, sources, config, shownUnder: before, shard: '000000', round: 0 })
}

describe('what was said of a region that other rules have moved', () => {
  const region_id = cat?.region_id ?? ''
  const mask: MaskObservation = { kind: 'mask', region_id, score: 0.9, stability: 0.95, ...ring, rle: 'abc' }
  const sources = [
    ...detectors,
    voice('sam', mask),
    voice('describe', { kind: 'region_caption', region_id, text: 'a sleeping cat', score: 0.9 }),
    voice('writer', {
      kind: 'caption',
      granularity: 'brief',
      text: 'A cat.',
      score: 1,
      phrases: [{ start: 0, end: 5, region_ids: [region_id] }],
    }),
  ]

  it('is said of the region that stands there now', () => {
    const rows = decide(consensusConfigSchema.parse({ box_sharpness: 0 }), sources)
    const now = rows.region_text.find(({ label }) => label === 'cat')
    expect(now?.region_id).not.toBe(region_id)
    expect(now).toMatchObject({ mask_rle: 'abc', brief_text: 'a sleeping cat' })
    expect(rows.phrase_region).toMatchObject([{ phrase: 'A cat', region_id: now?.region_id, mask_rle: 'abc' }])
    expect(rows.rejects).toEqual([])
  })

  it('is rejected where nothing stands any more', () => {
    const rows = decide(
      consensusConfigSchema.parse({
        label_rules: { cat: { region_score: 1, min_votes: 3, unopposed_score: 1, solo_score: 1 } },
      }),
      sources,
    )
    expect(rows.region_text.map(({ label }) => label)).toEqual(['dog'])
    expect(new Set(rows.rejects.map(({ reason }) => reason))).toContain('region_not_agreed')
  })

  it('is as it was under the same rules', () => {
    const question = { image, sources, config: before, shard: '000000', round: 0 }
    expect(decide(before, sources)).toEqual(decideImage(question))
  })
})

describe('a text that was composed of regions', () => {
  const dog = [first, second].find((region) => region?.label === 'dog')
  const [catId, dogId] = [cat?.region_id ?? '', dog?.region_id ?? '']
  const strict = { region_score: 1, min_votes: 3, unopposed_score: 1, solo_score: 1 }
  const noCat = consensusConfigSchema.parse({ label_rules: { cat: strict } })
  const said = (text: string, ...region_ids: string[]): Observation => ({
    ...{ kind: 'caption', granularity: 'brief', text, score: 1 },
    phrases: [{ start: 0, end: text.indexOf(' in '), region_ids }],
  })
  const composer = (...texts: Observation[]): Source => ({ ...voice('composer', ...texts), composes: true })
  const both = said('Two animals in the picture.', catId, dogId)
  const alone = said('A dog in a brown basket.', dogId)

  it('is rejected where one of them is agreed on no longer, with those that are missing', () => {
    const rows = decide(noCat, [...detectors, composer(both, alone)])
    expect(rows.text.map(({ text }) => text)).toEqual(['A dog in a brown basket.'])
    const [reject, ...others] = rows.rejects.filter(({ kind }) => kind === 'text')
    expect(reject).toMatchObject({ reason: 'region_not_agreed', rule: 'composed_text', support: ['composer'] })
    expect(JSON.parse(reject?.failed ?? '')).toEqual({ missing: [catId] })
    expect(others).toEqual([])
  })

  it('stays where they have moved a little, and where others wrote the same', () => {
    const moved = decide(consensusConfigSchema.parse({ box_sharpness: 0 }), [...detectors, composer(both)])
    expect(moved.text).toMatchObject([{ text: 'Two animals in the picture.' }])
    const person = { ...voice('person', said('Two animals in the picture.')), human: true }
    const shared = decide(noCat, [...detectors, composer(both), person])
    expect(shared.text).toMatchObject([{ text: 'Two animals in the picture.', support: ['person'] }])
  })

  it('falls where two of them have become one', () => {
    const boxes = [object('cat', 0.9, [10, 10, 110, 110]), object('cat', 0.8, [18, 10, 118, 110])]
    const twice = [source('yolox', boxes), source('picodet', boxes)]
    const apart = consensusConfigSchema.parse({ model_nms_iou: 0.95, fusion_iou: 0.95, cluster_iou: 0.95 })
    const ids = decideSoFar({ image, sources: twice, config: apart }).regions.map(({ region_id }) => region_id)
    expect(ids).toHaveLength(2)
    const sources = [...twice, composer(said('Two cats in the picture.', ...ids))]
    const question = { image, sources, config: before, shownUnder: apart, shard: '000000', round: 0 }
    const rows = decideImage(question)
    expect(rows.region_text).toHaveLength(1)
    expect(rows.text).toEqual([])
    expect(rows.rejects).toContainEqual(expect.objectContaining({ kind: 'text', rule: 'composed_text' }))
  })

  it('falls where one of them is agreed on under a wider name only, and stays where the name has become narrower', () => {
    const box = [10, 10, 110, 110] as const
    const seen = [
      source('yolox', [object('car', 0.9, box)], { vocabulary: ['car', 'vehicle'] }),
      source('openimages', [object('vehicle', 0.9, box)], { vocabulary: ['car', 'vehicle'] }),
    ]
    const wide = consensusConfigSchema.parse({ label_parents: 'wider' })
    const named = (config: ConsensusConfig) => decideSoFar({ image, sources: seen, config }).regions[0]
    expect([named(before)?.label, named(wide)?.label]).toEqual(['car', 'vehicle'])
    const textsUnder = (config: ConsensusConfig, shownUnder: ConsensusConfig) => {
      const { region_id = '', label } = named(shownUnder) ?? {}
      const sources = [...seen, composer(said(`A ${label} in the street.`, region_id))]
      return decideImage({ image, sources, config, shownUnder, shard: '000000', round: 0 }).text.map(({ text }) => text)
    }
    expect(textsUnder(wide, before)).toEqual([])
    expect(textsUnder(before, wide)).toEqual(['A vehicle in the street.'])
  })

  it('is as it was under the same rules', () => {
    const sources = [...detectors, composer(both, said('A cat in a box.', `${catId}-gone`))]
    const question = { image, sources, config: before, shard: '000000', round: 0 }
    expect(decide(before, sources)).toEqual(decideImage(question))
    expect(decide(before, sources).rejects.filter(({ kind }) => kind === 'text')).toEqual([])
  })
})
