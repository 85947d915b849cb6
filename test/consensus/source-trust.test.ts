import { describe, expect, it } from 'vitest'
import { type ConsensusConfig, consensusConfigSchema } from '../../schemas/consensus-config.js'
import type { Box } from '../../schemas/geometry.js'
import { decideRegions, rankCandidates, type Source } from '../../src/consensus/index.js'
import { image, object, source } from './sources.js'

const small: Box = [100, 100, 120, 120]
const large: Box = [100, 100, 300, 300]

function config(rules: Record<string, unknown>): ConsensusConfig {
  return consensusConfigSchema.parse(rules)
}

function score(sources: readonly Source[], rules: Record<string, unknown>): number | undefined {
  return rankCandidates({ image, sources, config: config(rules) })[0]?.score
}

describe('what is known of a source', () => {
  const curve = [
    [0, 0],
    [0.5, 0.2],
    [1, 1],
  ]

  it('turns its raw score by its curve, and by that of the size of the box where it has one', () => {
    const trust = { calibration: curve, calibration_by_size: { small: [[0, 0.05]] } }
    const rules = { sources: { yolox: trust } }
    expect(score([source('yolox', [object('cat', 0.75, large)])], rules)).toBeCloseTo(0.6, 12)
    expect(score([source('yolox', [object('cat', 0.75, small)])], rules)).toBeCloseTo(0.05, 12)
  })

  it('lets a doubtful source move neither score nor box nor vote', () => {
    const sure = source('yolox', [object('cat', 0.9, large)])
    const doubtful = source('fastestdet', [object('cat', 0.9, [110, 110, 330, 330])])
    const rules = { sources: { fastestdet: { weight: 0.01 } } }
    const [region] = decideRegions({ image, sources: [sure, doubtful], config: config(rules) }).regions
    expect(region).toMatchObject({ votes: 1, support: ['yolox'], rule: 'solo_score' })
    expect(region?.score).toBeCloseTo(0.9, 1)
    for (const side of [0, 1, 2, 3] as const) expect(region?.box[side]).toBeCloseTo(large[side], 1)
  })

  it('counts each further family for less where the run says so', () => {
    const sources = ['a', 'b', 'c'].map((family) => source(family, [object('cat', 0.5, large)]))
    expect(score(sources, {})).toBeCloseTo(1 - 0.5 ** 3, 12)
    expect(score(sources, { further_votes: 0.5 })).toBeCloseTo(1 - 0.5 ** 1.75, 12)
    expect(score(sources, { further_votes: 0 })).toBeCloseTo(0.5, 12)
  })

  it('asks other numbers of single labels', () => {
    const sources = [source('yolox', [object('dog', 0.5, large)]), source('picodet', [object('dog', 0.5, large)])]
    const decide = (rules: Record<string, unknown>) =>
      decideRegions({ image, sources, config: config(rules) }).regions.map(({ rule }) => rule)
    expect(decide({ unopposed_score: 1 })).toEqual(['votes'])
    expect(decide({ unopposed_score: 1, label_rules: { dog: { region_score: 0.8 } } })).toEqual([])
    expect(decide({ unopposed_score: 1, label_rules: { dog: { score_threshold: 0.6 } } })).toEqual([])
    expect(decide({ min_votes: 3, unopposed_score: 1, label_rules: { dog: { min_votes: 2 } } })).toEqual(['votes'])
  })
})

describe('a box that people drew around many things', () => {
  const crowd = { ...object('cat', 1, [50, 50, 350, 350]), is_group: true }
  const people = source('source', [crowd], { human: true, family: 'human', vocabulary: null })

  it('is a region that says so, and takes no single thing in it for itself', () => {
    const sources = [people, source('yolox', [object('cat', 0.95, [60, 60, 280, 280])])]
    const { regions } = decideRegions({ image, sources, config: config({}) })
    expect(regions.map(({ is_group, rule }) => [is_group, rule])).toEqual([
      [true, 'human_label'],
      [false, 'unopposed'],
    ])
  })

  it('is supported by a detector that saw the same box', () => {
    const sources = [people, source('yolox', [object('cat', 0.95, [52, 50, 348, 352])])]
    const { regions } = decideRegions({ image, sources, config: config({}) })
    expect(regions).toMatchObject([{ is_group: true, support: ['source', 'yolox'], box: crowd.box }])
  })
})

describe('a source that counts for little, or for nothing', () => {
  const knowsLamps = { vocabulary: ['cat', 'lamp'] }
  const rules = { sources: { weak: { weight: 0 } } }

  it('is believed about a label that it alone knows', () => {
    const sources = [
      source('weak', [object('lamp', 0.9, large), object('cat', 0.9, small)], knowsLamps),
      source('yolox', []),
    ]
    const { regions } = decideRegions({ image, sources, config: config(rules) })
    expect(regions).toMatchObject([{ label: 'lamp', rule: 'unopposed', support: ['weak'] }])
  })

  it('opposes nobody by its silence', () => {
    const sources = [source('weak', [], knowsLamps), source('yolox', [object('cat', 0.6, large)])]
    expect(decideRegions({ image, sources, config: config(rules) }).regions).toMatchObject([
      { label: 'cat', rule: 'unopposed' },
    ])
    expect(decideRegions({ image, sources, config: config({}) }).regions).toEqual([])
  })
})
