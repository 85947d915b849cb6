import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consensusConfigSchema } from '../../schemas/consensus-config.js'
import { granularities, type Observation } from '../../schemas/observation.js'
import { decideImage, decideSoFar, type Source } from '../../src/consensus/index.js'
import { anySources, image, source } from './sources.js'

const config = consensusConfigSchema.parse({})

const text = fc.constantFrom(
  'A black cat sits beside a dog.',
  'A black cat sits beside the dog.',
  'Two dogs watch the tv in a living room \u{1f600}.',
  'the image',
  '',
  'cat cat cat cat cat cat cat cat',
  "I'm sorry, I can't help with that.",
)
const unit = fc.double({ min: 0, max: 1, noNaN: true })
const place = fc.record({ start: fc.nat({ max: 50 }), end: fc.integer({ min: 1, max: 60 }) })
const side = fc.double({ min: -100, max: 800, noNaN: true })

/** What writers, grounders, segmenters and judges of similarity could say about regions that there are, and about others. */
function anySaying(ids: readonly string[]): fc.Arbitrary<Observation> {
  const region_id = fc.constantFrom(...ids, 'elsewhere')
  return fc.oneof(
    fc.record({
      kind: fc.constant('caption' as const),
      granularity: fc.constantFrom(...granularities),
      text,
      score: unit,
      phrases: fc.array(
        fc.tuple(place, fc.array(region_id, { maxLength: 3 })).map(([where, region_ids]) => ({ ...where, region_ids })),
        { maxLength: 3 },
      ),
    }),
    fc
      .record({ text, place, score: unit, box_score: unit, box: fc.tuple(side, side, side, side) })
      .map(({ place: where, ...rest }) => ({ kind: 'grounded_phrase' as const, ...rest, ...where })),
    fc.record({ kind: fc.constant('region_caption' as const), region_id, text, score: unit }),
    fc.record({
      kind: fc.constant('similarity' as const),
      region_id: fc.option(region_id),
      text,
      score: unit,
      cosine: unit,
    }),
  )
}

/** Detectors and readers, and one to three annotators of a later stage that speak of what these agreed on. */
const anyImage: fc.Arbitrary<Source[]> = anySources.chain((sources) => {
  const ids = decideSoFar({ image, sources, config }).regions.map(({ region_id }) => region_id)
  return fc
    .array(fc.array(anySaying(ids), { maxLength: 8 }), { minLength: 1, maxLength: 3 })
    .map((later) => [...sources, ...later.map((said, index) => source(`writer-${index}`, said, { vocabulary: null }))])
})

describe('the rows of an image, whatever is said about it', () => {
  it('do not depend on the order of the sources', () => {
    fc.assert(
      fc.property(anyImage, (sources) => {
        const decide = (ordered: readonly Source[]) =>
          decideImage({ image, sources: ordered, config, shard: '000000', round: 0 })
        expect(decide([...sources].reverse())).toEqual(decide(sources))
      }),
      { numRuns: 150 },
    )
  })

  it('have boxes inside the image, scores from 0 to 1, and phrases that are the stretch of the text they name', () => {
    fc.assert(
      fc.property(anyImage, (sources) => {
        const rows = decideImage({ image, sources, config, shard: '000000', round: 0 })
        const texts = new Map(rows.text.map((row) => [row.text_id, row.text]))
        for (const { x1, y1, x2, y2 } of [...rows.region_text, ...rows.phrase_region]) {
          expect(x1).toBeGreaterThanOrEqual(0)
          expect(y1).toBeGreaterThanOrEqual(0)
          expect(x2).toBeGreaterThan(x1)
          expect(y2).toBeGreaterThan(y1)
          expect(x2).toBeLessThanOrEqual(image.width)
          expect(y2).toBeLessThanOrEqual(image.height)
        }
        for (const { score } of Object.values(rows).flat()) {
          expect(score).toBeGreaterThanOrEqual(0)
          expect(score).toBeLessThanOrEqual(1)
        }
        for (const row of rows.phrase_region) {
          expect(texts.get(row.text_id)?.slice(row.start, row.end)).toBe(row.phrase)
          expect(row.phrase.trim()).toBe(row.phrase)
        }
        const ids = rows.region_text.map(({ region_id }) => region_id)
        expect(new Set(ids).size).toBe(ids.length)
      }),
      { numRuns: 150 },
    )
  })
})
