import { expect, test } from 'vitest'
import { gatherAnnotations } from '../../src/report/annotation-statistics.js'
import { qualityHints } from '../../src/report/quality-hints.js'
import { gatherRejects } from '../../src/report/reject-statistics.js'
import type { ReportShard } from '../../src/report/report-shards.js'
import { gatherAgreement } from '../../src/report/source-agreement.js'
import { gatherSources } from '../../src/report/source-costs.js'
import { gatherSemantics } from '../../src/report/text-semantics.js'
import type { RunSummary } from '../../src/run/run-summary.js'
import { planOf, regionRow, rejectRow, shardOf, textRow, tripletRow } from './small-shard.js'

const detectors = { a: { produces: ['object'] }, b: { produces: ['object'] } }
const summary: RunSummary = {
  run: 'r',
  round: 0,
  pipeline: 'p',
  set: 's',
  source: '',
  created_at: '',
  replay_of: null,
  state: 'complete',
  shards: 1,
  committed: 1,
  failed_shards: 0,
  failed: [],
  images: 2,
  refused: 0,
  quarantined: 0,
  rows: {},
  rejects: {},
  labels_left_out: { notes: 0, example: null },
  absent: {},
  checkpoints: {},
  bytes: 0,
}

function hintsOf(plan: ReturnType<typeof planOf>, shard: ReportShard, changes: Partial<RunSummary> = {}): string[] {
  const gatherers = {
    annotations: gatherAnnotations(),
    semantics: gatherSemantics(),
    agreement: gatherAgreement(plan),
    rejects: gatherRejects(),
    sources: gatherSources(plan),
  }
  for (const gatherer of Object.values(gatherers)) gatherer.add(shard)
  return qualityHints(plan, {
    summary: { ...summary, ...changes },
    annotations: gatherers.annotations.figures(),
    semantics: gatherers.semantics.figures(),
    agreement: gatherers.agreement.figures(),
    rejects: gatherers.rejects.figures(),
    sources: gatherers.sources.figures(),
  })
}

test('what no annotator of the run makes is told as that', () => {
  const hints = hintsOf(planOf(detectors), shardOf({ region_text: [regionRow({}), regionRow({ image_id: 'b' })] }))
  expect(hints).toContain('No detailed texts: no annotator of this run writes texts.')
  expect(hints).toContain('No captions of regions: no annotator of this run writes them.')
  expect(hints).toContain("Regions per image that has any: 1.00, 18.5 % of FLD-5B's 5.42.")
  expect(hints).toContain('100.0 % of the agreed objects have one vote: they passed without anyone else seeing them.')
})

test('what an annotator makes and did not come through is told as that', () => {
  const plan = planOf({ writer: { produces: ['caption'] }, grounder: { produces: ['grounded_phrase'] } })
  const hints = hintsOf(plan, shardOf({ text: [textRow({ tokens: 8 })] }, { writer: { rows: { caption: 1 } } }))
  expect(hints).toContain('No detailed texts: none came through from writer, and none was rejected.')
  expect(hints).toContain('No triplets of brief texts: no phrase that grounder grounded came through.')
  expect(hints).toContain('2 of 2 images have no region (100.0 %).')
})

test('captions of the source count as texts, and only captions as rejected texts', () => {
  const told = (kind: string) => JSON.stringify({ observations: [{ annotator: 'x', kind }] })
  const rejects = ['caption', 'similarity', 'region_caption'].map((kind) =>
    rejectRow({ kind: 'text', payload: told(kind) }),
  )
  const plan = planOf(detectors, { label_digest: 'x' })
  const hints = hintsOf(plan, shardOf({ rejects }, { source_captions: { rows: { caption: 1 } } }))
  expect(hints).toContain(
    'No brief texts: none came through from source_captions, and 1 texts of any kind were rejected.',
  )
})

test('what was stopped is told with the rule that stopped most of it', () => {
  const plan = planOf({ teller: { produces: ['region_caption', 'caption'] } })
  const observations = [{ annotator: 'teller', kind: 'region_caption' }]
  const rejects = [
    rejectRow({ kind: 'text', rule: 'region_text', payload: JSON.stringify({ observations }) }),
    rejectRow({ kind: 'phrase', reason: 'region_not_agreed' }),
  ]
  const hints = hintsOf(plan, shardOf({ text: [textRow({})], region_text: [regionRow({})], rejects }))
  expect(hints).toContain('No captions of regions: none came through from teller; 1 were stopped by region_text.')
  expect(hints).toContain('No triplets of brief texts: phrases were rejected, 1 as region_not_agreed.')
})

test('figures near FLD-5B say nothing; a figure that is not known is named', () => {
  const semantics = { objects: 3, attributes: 3, actions: 0.5, proper_nouns: 1, object_complexity: 3 }
  const text = textRow({ ...semantics, action_complexity: null, tokens: 8 })
  const phrases = [1, 2, 3, 4].map((index) => tripletRow({ region_id: `a/r${index}` }))
  const hints = hintsOf(planOf(detectors), shardOf({ text: [text], phrase_region: phrases }))
  expect(hints.filter((hint) => hint.includes('brief'))).toEqual([
    'Not known of brief texts: action complexity; they were not parsed for it.',
  ])
})

test('an open round, an absent annotator and one that says nothing are told', () => {
  const plan = planOf(detectors, { left_out: { writer: 'no endpoint' } })
  const hints = hintsOf(plan, shardOf({}, { a: { rows: { none: 2 } } }), {
    state: 'open',
    shards: 3,
    absent: { writer: 1 },
  })
  expect(hints.slice(0, 3)).toEqual([
    'The round is not closed: 1 of 3 shards are here.',
    'writer is absent in 1 of 1 shards: no endpoint.',
    'a said nothing about any image.',
  ])
})

test('without an image there is nothing to compare', () => {
  expect(hintsOf(planOf(detectors), shardOf({}), { images: 0 })).toEqual([
    'No image is committed yet: there is nothing to compare.',
  ])
})
