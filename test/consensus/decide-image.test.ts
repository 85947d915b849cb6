import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ShardAnnotations } from '../../schemas/annotation.js'
import { consensusConfigSchema } from '../../schemas/consensus-config.js'
import type { Box } from '../../schemas/geometry.js'
import { type CaptionObservation, granularities } from '../../schemas/observation.js'
import { decideImage, type Source } from '../../src/consensus/index.js'
import { withRegionIds } from '../../src/consensus/regions/region-id.js'
import { anySources, image, object, quadOf, source } from './sources.js'

const config = consensusConfigSchema.parse({})
const place = { shard: '000007', round: 0 }
const left: Box = [10, 10, 110, 110]
const right: Box = [300, 10, 400, 110]
const detectors = ['yolox', 'picodet'].map((name) =>
  source(name, [object('cat', 0.9, left), object('dog', 0.8, right)]),
)
const exit: Box = [200, 200, 300, 230]
const [cat, dog, word] = withRegionIds(image.image_id, [
  { kind: 'object', label: 'cat', box: left, quad: null, score: 1 },
  { kind: 'object', label: 'dog', box: right, quad: null, score: 1 },
  { kind: 'text', label: 'EXIT', box: exit, quad: null, score: 1 },
])
const ids = { cat: cat?.region_id ?? '', dog: dog?.region_id ?? '', text: word?.region_id ?? '' }

function caption(
  text: string,
  phrases: CaptionObservation['phrases'],
  rest: Partial<CaptionObservation> = {},
): CaptionObservation {
  return { kind: 'caption', granularity: 'brief', text, score: 0.5, phrases, ...rest }
}

function captioner(annotator: string, ...observations: CaptionObservation[]): Source {
  return source(annotator, observations, { vocabulary: null })
}

function decide(...sources: Source[]): ShardAnnotations {
  return decideImage({ image, sources, config, ...place })
}

describe('decideImage', () => {
  it('gives texts, regions and the triplets between them', () => {
    const text = 'A cat and a dog under the word “EXIT”.'
    const rows = decide(
      ...detectors,
      source(
        'ppocr',
        [{ kind: 'text_region', text: 'EXIT', score: 0.9, box_score: 0.9, box: exit, quad: quadOf(exit) }],
        {
          vocabulary: null,
        },
      ),
      captioner(
        'template',
        caption(text, [
          { start: 10, end: 15, region_ids: [ids.dog] },
          { start: 0, end: 5, region_ids: [ids.cat] },
          { start: 22, end: 37, region_ids: [ids.text] },
        ]),
      ),
    )
    expect(rows.region_text).toMatchObject([
      {
        region_id: ids.cat,
        kind: 'object',
        label: 'cat',
        phrase: 'cat',
        chosen_text: 'cat',
        chosen_from: 'phrase',
        quad: null,
        votes: 2,
      },
      { region_id: ids.dog, label: 'dog', shard: '000007', round: 0 },
      { region_id: ids.text, kind: 'text', label: null, phrase: 'EXIT', quad: quadOf(exit) },
    ])
    expect(rows.text).toMatchObject([
      {
        text_id: `${image.image_id}/brief0`,
        granularity: 'brief',
        text,
        tokens: 9,
        labels: ['cat', 'dog'],
        unsupported_labels: [],
        support: ['template'],
      },
    ])
    expect(rows.phrase_region.map(({ phrase, region_id }) => [phrase, region_id])).toEqual([
      ['A cat', ids.cat],
      ['a dog', ids.dog],
      ['the word “EXIT”', ids.text],
    ])
    expect(rows.phrase_region[0]).toMatchObject({
      text_id: `${image.image_id}/brief0`,
      x1: 10,
      x2: 110,
      support: ['picodet', 'template', 'yolox'],
      votes: 3,
      phrase_score: 0.5,
    })
    expect(rows.phrase_region[0]?.box_score).toBeCloseTo(0.99, 12)
    expect(rows.phrase_region[0]?.score).toBeCloseTo(0.5 * 0.99, 12)
    expect(rows.rejects).toEqual([])
  })

  it('rejects a phrase whose region was not agreed on, and keeps the regions that were', () => {
    const gone = `${image.image_id}/o9`
    const rows = decide(
      ...detectors,
      captioner('template', caption('Two cats.', [{ start: 0, end: 8, region_ids: [ids.cat, gone] }])),
    )
    expect(rows.phrase_region).toMatchObject([{ phrase: 'Two cats', region_id: ids.cat }])
    expect(rows.rejects).toMatchObject([{ kind: 'phrase', reason: 'region_not_agreed', rule: 'phrase_region' }])
    expect(JSON.parse(rows.rejects[0]?.failed ?? '')).toEqual({ start: 0, end: 8, missing: [gone] })
    expect(JSON.parse(rows.rejects[0]?.payload ?? '')).toMatchObject({ phrase: 'Two cats' })
  })

  it('rejects a phrase outside its text, one without a region, and an empty text', () => {
    const rows = decide(
      captioner(
        'template',
        caption('A cat.', [
          { start: 4, end: 9, region_ids: [ids.cat] },
          { start: 0, end: 5, region_ids: [] },
        ]),
        caption(' ', []),
      ),
    )
    expect(rows.rejects.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['text', 'empty_text'],
      ['phrase', 'no_region'],
      ['phrase', 'span_outside_text'],
    ])
    expect(rows.text).toHaveLength(1)
  })

  it('joins the same text of two annotators, and ranks several by support before score', () => {
    const rows = decide(
      captioner('b', caption('A cat.', [], { score: 0.4 }), caption('A dog.', [], { score: 0.9 })),
      captioner('a', caption('A cat.', [], { score: 0.6 })),
      captioner('c', caption('A long text about a cat.', [], { granularity: 'detailed' })),
    )
    expect(rows.text.map(({ text_id, text, score, support }) => [text_id, text, score, support])).toEqual([
      [`${image.image_id}/brief0`, 'A cat.', 0.6, ['a', 'b']],
      [`${image.image_id}/brief1`, 'A dog.', 0.9, ['b']],
      [`${image.image_id}/detailed0`, 'A long text about a cat.', 0.5, ['c']],
    ])
  })

  it('says in numbers what a text names', () => {
    const rows = decide(...detectors, captioner('a', caption('A brown dog runs after a spotted cat.', [])))
    expect(rows.text).toMatchObject([
      { objects: 2, attributes: 2, actions: 1, proper_nouns: 0, labels: ['cat', 'dog'], similarity: null },
    ])
    expect(rows.text[0]?.object_complexity).toBeGreaterThan(1)
    expect(rows.text[0]?.action_complexity).toBeGreaterThan(0)
  })

  it('says which annotator failed on the image', () => {
    const rows = decide(...detectors, source('deimv2', [], { failure: 'session crashed' }))
    expect(rows.region_text).toHaveLength(2)
    expect(rows.rejects).toMatchObject([
      { kind: 'image', stage: 'annotate', reason: 'annotator_failed', support: ['deimv2'] },
    ])
    expect(JSON.parse(rows.rejects[0]?.failed ?? '')).toEqual({ failure: 'session crashed' })
  })

  it('has exact spans, sorted support, and the same rows whatever the order of the sources', () => {
    const phrase = fc.record({
      start: fc.nat({ max: 14 }),
      end: fc.integer({ min: 1, max: 16 }),
      region_ids: fc.array(fc.constantFrom(ids.cat, ids.dog, ids.text), { maxLength: 3 }),
    })
    const captions = fc.record({
      kind: fc.constant('caption' as const),
      granularity: fc.constantFrom(...granularities),
      text: fc.constantFrom('A cat, a dog.', 'Ein Käse — 猫 🐈', ''),
      score: fc.double({ min: 0, max: 1, noNaN: true }),
      phrases: fc.array(phrase, { maxLength: 4 }),
    })
    fc.assert(
      fc.property(
        anySources,
        fc.array(captions, { maxLength: 5 }),
        fc.array(captions, { maxLength: 3 }),
        (sources, some, more) => {
          const all = [...sources, captioner('writer-1', ...some), captioner('writer-2', ...more)]
          const rows = decide(...all)
          const texts = new Map(rows.text.map((row) => [row.text_id, row.text]))
          expect(texts.size).toBe(rows.text.length)
          for (const row of rows.phrase_region)
            expect(texts.get(row.text_id)?.slice(row.start, row.end)).toBe(row.phrase)
          for (const row of [...rows.text, ...rows.region_text, ...rows.phrase_region, ...rows.rejects]) {
            expect(row.support).toEqual([...new Set(row.support)].sort())
            expect(row.score).toBeGreaterThanOrEqual(0)
            expect(row.score).toBeLessThanOrEqual(1)
          }
          expect(decide(...all.reverse())).toEqual(rows)
        },
      ),
      { numRuns: 300 },
    )
  })
})
