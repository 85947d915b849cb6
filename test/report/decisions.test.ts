import { describe, expect, test } from 'vitest'
import { failedValueText } from '../../src/report/failed-values.js'
import { gatherRejects, rejectSection } from '../../src/report/reject-statistics.js'
import { gatherAgreement } from '../../src/report/source-agreement.js'
import { gatherSources } from '../../src/report/source-costs.js'
import { planOf, regionRow, rejectRow, shardOf } from './small-shard.js'

const detectors = planOf({
  a: { produces: ['object'], vocabulary: ['dog', 'cat'] },
  b: { produces: ['object'], vocabulary: ['dog', 'cat', 'tv monitor'] },
  c: { produces: ['object'], vocabulary: ['dog'] },
  reader: { produces: ['text_region'] },
})

describe('agreement', () => {
  const seen = { a: {}, b: {}, c: {}, reader: {} }
  const gatherer = gatherAgreement(detectors)
  gatherer.add(
    shardOf(
      {
        region_text: [
          regionRow({ label: 'dog', support: ['a', 'b'], votes: 2, dispersion: 0.1 }),
          regionRow({ label: 'cat', support: ['b'], alternatives: ['dog'], rule: 'solo_score' }),
          // Only b knows it: nobody disagrees.
          regionRow({ label: 'tv', support: ['b'], rule: 'unopposed' }),
          regionRow({ kind: 'text', label: null, support: ['reader'], alternatives: ['N0'], rule: 'text_score' }),
        ],
      },
      seen,
    ),
  )
  // c has not seen this shard.
  gatherer.add(shardOf({ region_text: [regionRow({ label: 'dog', support: ['a'] })] }, { a: {}, b: {} }))
  const agreement = gatherer.figures()

  test('counts each pair on regions of labels that both know, in shards that both saw', () => {
    expect(agreement.pairs).toEqual([
      { kind: 'object', first: 'a', second: 'b', both: 1, only_first: 1, only_second: 1 },
      { kind: 'object', first: 'a', second: 'c', both: 0, only_first: 1, only_second: 0 },
      { kind: 'object', first: 'b', second: 'c', both: 0, only_first: 1, only_second: 0 },
    ])
  })

  test('counts votes, rules, dispersion and labels that lost', () => {
    expect(agreement.votes).toEqual({ object: { 1: 3, 2: 1 }, text: { 1: 1 } })
    expect(agreement.rules.object).toEqual({ votes: 2, solo_score: 1, unopposed: 1 })
    expect(agreement.dispersion).toMatchObject({ total: 1, sum: 0.1 })
    expect(agreement.conflicts).toEqual([{ label: 'cat', lost: 'dog', regions: 1 }])
    expect(agreement.contested).toBe(1)
  })
})

describe('rejects', () => {
  const gatherer = gatherRejects()
  const failed = (score: number) => JSON.stringify({ votes: 1, needed: 2, score, threshold: 0.3, why: 'x' })
  const scores = Array.from({ length: 20 }, (_, index) => 0.1 + index / 100)
  gatherer.add(shardOf({ rejects: scores.map((score) => rejectRow({ failed: failed(score) })) }))
  gatherer.add(
    shardOf({
      rejects: [
        rejectRow({
          kind: 'image',
          stage: 'ingest',
          reason: 'truncated',
          rule: 'image_check',
          failed: '{"detail":"x"}',
        }),
        rejectRow({ kind: 'text', reason: 'too_few', rule: 'least_objects', failed: '{"objects":0,"lowest":1}' }),
        rejectRow({ kind: 'text', reason: 'too_few', rule: 'least_objects', failed: '{"objects":0.5,"lowest":1}' }),
      ],
    }),
  )
  const groups = gatherer.figures()

  test('are counted by stage, kind, rule and reason, most frequent first', () => {
    expect(groups.map(({ stage, kind, rule, reason, count }) => [stage, kind, rule, reason, count])).toEqual([
      ['consensus', 'object', 'score_threshold', 'below_threshold', 20],
      ['consensus', 'text', 'least_objects', 'too_few', 2],
      ['ingest', 'image', 'image_check', 'truncated', 1],
    ])
  })

  test('tell what was asked and what was found', () => {
    expect(groups[0]?.values.map(failedValueText)).toEqual([
      'votes 1',
      'needed 2',
      'score 0.1 to 0.29, median 0.2',
      'threshold 0.3',
    ])
    expect(groups[1]?.values.map(failedValueText)).toEqual(['objects 0 x 1, 0.5 x 1', 'lowest 1'])
    expect(groups[2]?.values).toEqual([])
  })

  test('are drawn with what was asked as a mark', () => {
    expect(rejectSection(groups).plots).toMatchObject([{ axis: 'score', marks: [{ name: 'threshold', value: 0.3 }] }])
    expect(rejectSection([]).paragraphs).toEqual(['Nothing was rejected.'])
  })
})

describe('sources', () => {
  const gatherer = gatherSources(detectors)
  const cost = { seconds: 2, images: 10, provider: 'cpu' as const, cpus: 4 }
  const both = { observations: ['a', 'a', 'b'].map((annotator) => ({ annotator, kind: 'object' })) }
  gatherer.add(
    shardOf(
      {
        rejects: [
          rejectRow({ payload: JSON.stringify(both) }),
          rejectRow({ kind: 'phrase', payload: '{"phrase":"x"}' }),
        ],
      },
      { a: { rows: { object: 10, none: 1 }, cost }, b: { rows: { object: 1, failure: 2 } } },
    ),
  )
  gatherer.add(shardOf({}, { a: { rows: { object: 2 }, cost: { ...cost, cpus: 2 } } }))
  const of = (name: string) => gatherer.figures().find(({ annotator }) => annotator === name)

  test('have what they said, and what became of it', () => {
    expect(of('a')).toMatchObject({
      family: 'a-family',
      observations: { object: 12, none: 1 },
      rejected: { score_threshold: 2 },
      seen: 12,
      reached: 10,
    })
    expect(of('b')).toMatchObject({ observations: { object: 1, failure: 2 }, seen: 1, reached: 0 })
  })

  test('have what they took where the files tell it', () => {
    expect(of('a')).toMatchObject({
      shards: 2,
      bytes: 200,
      cost: { shards: 2, images: 20, seconds: 4, providers: ['cpu'], cpus: [2, 4] },
    })
    expect(of('b')).toMatchObject({ shards: 1, absent_shards: 1, cost: null })
    expect(of('c')).toMatchObject({ shards: 0, absent_shards: 2 })
  })

  test('of a set without labels are the annotators alone', () => {
    expect(gatherer.figures().map(({ annotator }) => annotator)).toEqual(['a', 'b', 'c', 'reader'])
  })
})
