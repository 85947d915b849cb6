import { describe, expect, it } from 'vitest'
import { type ConsensusConfig, consensusConfigSchema } from '../../schemas/consensus-config.js'
import type { Box } from '../../schemas/geometry.js'
import { decideRegions, type RegionDecision, rankCandidates, type Source } from '../../src/consensus/index.js'
import { image, object, source } from './sources.js'

const here: Box = [100, 100, 200, 200]
const near: Box = [104, 98, 203, 202]
const there: Box = [400, 100, 500, 200]

function decide(sources: readonly Source[], config: Partial<ConsensusConfig> = {}): RegionDecision {
  return decideRegions({ image, sources, config: consensusConfigSchema.parse(config) })
}

describe('the vote on a region', () => {
  it('passes what two families see, with the score of both and a box between theirs', () => {
    const { regions, rejects } = decide([
      source('yolox', [object('cat', 0.6, here)]),
      source('picodet', [object('cat', 0.8, near)]),
      source('deimv2', []),
    ])
    expect(regions).toHaveLength(1)
    expect(regions[0]).toMatchObject({ label: 'cat', rule: 'votes', votes: 2, support: ['picodet', 'yolox'] })
    expect(regions[0]?.score).toBeCloseTo(1 - 0.4 * 0.2, 12)
    expect(regions[0]?.box[0]).toBeCloseTo((100 * 0.6 ** 3 + 104 * 0.8 ** 3) / (0.6 ** 3 + 0.8 ** 3), 9)
    expect(regions[0]?.dispersion).toBeGreaterThan(0)
    expect(rejects).toEqual([])
  })

  it('rejects what one of three sees, with the votes it had and those it needed', () => {
    const { regions, rejects } = decide([
      source('yolox', [object('cat', 0.6, here)]),
      source('picodet', []),
      source('deimv2', []),
    ])
    expect(regions).toEqual([])
    expect(rejects).toMatchObject([
      { kind: 'object', stage: 'consensus', reason: 'too_few_votes', rule: 'votes', support: ['yolox'], votes: 1 },
    ])
    expect(rejects[0]?.failed).toEqual({
      votes: 1,
      needed: 2,
      score: 0.6,
      threshold: 0.85,
      able: ['deimv2', 'picodet', 'yolox'],
    })
  })

  it('passes what one family is sure of, by a threshold of its own per label', () => {
    const sources = [source('yolox', [object('cat', 0.9, here), object('dog', 0.9, there)]), source('picodet', [])]
    expect(decide(sources).regions.map(({ label, rule }) => [label, rule])).toEqual([
      ['cat', 'solo_score'],
      ['dog', 'solo_score'],
    ])
    expect(decide(sources, { label_rules: { dog: { solo_score: 0.95 } } }).regions.map(({ label }) => label)).toEqual([
      'cat',
    ])
  })

  it('counts two models of one family as one vote', () => {
    const { regions, rejects } = decide([
      source('deimv2-atto', [object('cat', 0.7, here)], { family: 'deimv2' }),
      source('deimv2-femto', [object('cat', 0.7, near)], { family: 'deimv2' }),
      source('yolox', []),
    ])
    expect(regions).toEqual([])
    expect(rejects).toMatchObject([{ reason: 'too_few_votes', votes: 1, support: ['deimv2-atto', 'deimv2-femto'] }])
    expect(rejects[0]?.score).toBeCloseTo(0.7, 12)
  })

  it('does not ask a family that lacks the label, nor one that failed on the image', () => {
    const lacking = source('picodet', [], { vocabulary: ['dog'] })
    const failed = source('deimv2', [], { failure: 'out of memory' })
    const sees = source('yolox', [object('cat', 0.6, here)])
    expect(decide([sees, lacking, failed]).regions).toMatchObject([{ label: 'cat', rule: 'unopposed', votes: 1 }])
    expect(decide([sees, source('picodet', [])]).regions).toEqual([])
    const weak = decide([source('yolox', [object('cat', 0.45, here)]), lacking, failed])
    expect(weak.rejects).toMatchObject([
      { reason: 'below_unopposed_score', failed: { votes: 1, needed: 1, score: 0.45, threshold: 0.5 } },
    ])
  })

  it('asks all families that know the label where these are fewer than the votes wanted', () => {
    const sources = [
      source('yolox', [object('cat', 0.6, here)]),
      source('picodet', [object('cat', 0.6, near)]),
      source('deimv2', [], { vocabulary: ['dog'] }),
    ]
    expect(decide(sources, { min_votes: 3 }).regions).toMatchObject([{ votes: 2, rule: 'votes' }])
  })

  it('wants the region score of those who agree', () => {
    const sources = [
      source('yolox', [object('cat', 0.4, here)]),
      source('picodet', [object('cat', 0.4, near)]),
      source('deimv2', []),
    ]
    const { rejects } = decide(sources)
    expect(rejects).toMatchObject([{ reason: 'below_region_score', rule: 'region_score', votes: 2 }])
    expect(rejects[0]?.failed.score).toBeCloseTo(0.64, 12)
    expect(decide(sources, { region_score: 0.6 }).regions).toHaveLength(1)
  })

  it('takes an annotator by its own threshold, weight and calibration', () => {
    const sources = [source('yolox', [object('cat', 0.5, here)]), source('picodet', [object('cat', 0.6, near)])]
    const trust = { yolox: { weight: 1, threshold: 0.55 } }
    expect(decide(sources, { sources: trust }).regions).toEqual([])
    const curve = consensusConfigSchema.parse({
      sources: {
        yolox: {
          calibration: [
            [0.2, 0.1],
            [0.6, 0.9],
          ],
        },
      },
    })
    expect(decide(sources, curve).regions[0]?.score).toBeCloseTo(1 - (1 - 0.7) * (1 - 0.6), 12)
    const half = consensusConfigSchema.parse({ sources: { yolox: { weight: 0.5 } } })
    expect(rankCandidates({ image, sources, config: half })[0]?.score).toBeCloseTo(1 - Math.sqrt(0.5) * 0.4, 12)
  })

  it('refuses a calibration that falls', () => {
    const falling = {
      sources: {
        yolox: {
          calibration: [
            [0.1, 0.5],
            [0.6, 0.4],
          ],
        },
      },
    }
    expect(() => consensusConfigSchema.parse(falling)).toThrow(/calibration points rise/)
  })
})

describe('labels', () => {
  it('vote under their canonical name', () => {
    const { regions } = decide([
      source('yolox', [object('tvmonitor', 0.7, here)], { vocabulary: ['tvmonitor'] }),
      source('picodet', [object('TV', 0.7, near)], { vocabulary: ['TV'] }),
    ])
    expect(regions).toMatchObject([{ label: 'tv', votes: 2 }])
  })

  it('on one box make one region: the one with more support names it, the others stay as alternatives', () => {
    const { regions, rejects } = decide([
      source('yolox', [object('dog', 0.9, here)]),
      source('picodet', [object('cat', 0.7, here)]),
      source('deimv2', [object('cat', 0.7, here)]),
    ])
    expect(regions).toMatchObject([{ label: 'cat', alternatives: ['dog'], support: ['deimv2', 'picodet'] }])
    expect(regions[0]?.candidates).toHaveLength(3)
    expect(rejects).toEqual([])
  })
})

describe('labels of people', () => {
  const people = (observations: Source['observations']): Source =>
    source('source', observations, { family: 'human', vocabulary: null, human: true })

  it('pass as they are and give the region their box', () => {
    const { regions } = decide([people([object('cat', 1, here)]), source('yolox', [object('cat', 0.4, near)])])
    expect(regions).toMatchObject([
      { rule: 'human_label', box: here, score: 1, support: ['source', 'yolox'], votes: 2 },
    ])
  })

  it('are never joined with each other, however near they are', () => {
    const { regions } = decide([people([object('cat', 1, here), object('cat', 1, near)]), source('yolox', [])])
    expect(regions.map((region) => region.box)).toEqual([here, near])
  })

  it('say nothing by their absence', () => {
    const { regions } = decide([
      people([]),
      source('yolox', [object('cat', 0.6, here)]),
      source('picodet', [object('cat', 0.6, near)]),
    ])
    expect(regions).toMatchObject([{ rule: 'votes', votes: 2 }])
  })
})

describe('one annotator', () => {
  it('is heard once per object', () => {
    const { regions, rejects } = decide([
      source('yolox', [object('cat', 0.9, here), object('cat', 0.8, [101, 100, 200, 200])]),
    ])
    expect(regions).toHaveLength(1)
    expect(rejects).toMatchObject([
      { reason: 'duplicate_of_annotator', failed: { kept_box: here, kept_score: 0.9, iou_above: 0.75 } },
    ])
  })

  it('is refused a box outside the image and a score that is none', () => {
    const { regions, rejects } = decide([
      source('yolox', [
        object('cat', 0.9, [700, 10, 800, 90]),
        object('cat', Number.NaN, here),
        object('cat', 7, here),
      ]),
    ])
    expect(regions).toEqual([])
    expect(rejects.map(({ reason }) => reason)).toEqual(['box_outside_image', 'score_not_in_0_1', 'score_not_in_0_1'])
  })
})
