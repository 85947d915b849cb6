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
