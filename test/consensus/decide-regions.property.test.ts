import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consensusConfigSchema } from '../../schemas/consensus-config.js'
import type { Box } from '../../schemas/geometry.js'
import type { Observation } from '../../schemas/observation.js'
import { decideRegions, type Source } from '../../src/consensus/index.js'
import { agreedScore } from '../../src/consensus/regions/agreement.js'
import { withRegionIds } from '../../src/consensus/regions/region-id.js'
import { anySources, image, object, source } from './sources.js'

const config = consensusConfigSchema.parse({ score_threshold: 0.2, sources: { 'yolox-0': { weight: 0.7 } } })

describe('decideRegions, whatever the observations', () => {
  it('does not depend on the order of sources or of their observations', () => {
    fc.assert(
      fc.property(anySources, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (sources, keys) => {
        const shuffle = <Item>(items: readonly Item[]): Item[] =>
          items
            .map((item) => ({ item, key: keys.next().value ?? 0 }))
            .sort((a, b) => a.key - b.key)
            .map(({ item }) => item)
        const shuffled = shuffle(sources).map((each) => ({ ...each, observations: shuffle(each.observations) }))
        const decision = decideRegions({ image, sources, config })
        const again = decideRegions({ image, sources: shuffled, config })
        expect(again.regions).toEqual(decision.regions)
        const lines = (rejects: readonly object[]): string[] => rejects.map((reject) => JSON.stringify(reject)).sort()
        expect(lines(again.rejects)).toEqual(lines(decision.rejects))
      }),
      { numRuns: 500 },
    )
  })

  it('keeps boxes in the image, scores in 0-1, one vote per family and ids in order', () => {
    fc.assert(
      fc.property(anySources, (sources) => {
        const familyOf = new Map(sources.map((each) => [each.annotator, each.family]))
        const { regions, rejects } = decideRegions({ image, sources, config })
        for (const { box, score, support, votes, dispersion } of regions) {
          expect(box[0]).toBeGreaterThanOrEqual(0)
          expect(box[1]).toBeGreaterThanOrEqual(0)
          expect(box[2]).toBeLessThanOrEqual(image.width)
          expect(box[3]).toBeLessThanOrEqual(image.height)
          expect(box[2]).toBeGreaterThan(box[0])
          expect(box[3]).toBeGreaterThan(box[1])
          expect(score).toBeGreaterThanOrEqual(0)
          expect(score).toBeLessThanOrEqual(1)
          expect(support).toEqual([...new Set(support)].sort())
          expect(votes).toBe(new Set(support.map((annotator) => familyOf.get(annotator))).size)
          if (dispersion !== null) expect(dispersion).toBeGreaterThanOrEqual(-1e-9)
        }
        for (const reject of rejects) {
          expect(reject.score).toBeGreaterThanOrEqual(0)
          expect(reject.score).toBeLessThanOrEqual(1)
        }
        const objects = regions.filter((region) => region.kind === 'object')
        expect(new Set(regions.map((region) => region.region_id)).size).toBe(regions.length)
        for (const [at, region] of regions.entries()) {
          // Alone, a region has the same id: unless another is the same, which then came first.
          const [alone] = withRegionIds(image.image_id, [region])
          const first = regions.findIndex((each) => each.region_id === alone?.region_id)
          expect(first === at || (first < at && region.region_id.startsWith(`${alone?.region_id}-`))).toBe(true)
        }
        for (const [at, region] of objects.entries()) {
          expect(region.score).toBeLessThanOrEqual(objects[at - 1]?.score ?? 1)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('loses no observation: each is a candidate of one region or in one reject', () => {
    fc.assert(
      fc.property(anySources, (sources) => {
        const said = sources.flatMap((each) =>
          each.observations.map((observation) => line(each.annotator, observation)),
        )
        const { regions, rejects } = decideRegions({ image, sources, config })
        const kept = regions.flatMap((region) =>
          region.candidates.map((each) => line(each.annotator, each.observation)),
        )
        const rejected = rejects.flatMap((reject) => observationsOf(reject.payload))
        expect([...kept, ...rejected].sort()).toEqual(said.sort())
      }),
      { numRuns: 500 },
    )
  })
})

describe('an agreeing vote more', () => {
  it('never lowers the score that families agree on', () => {
    const member = fc
      .record({ family: fc.constantFrom('a', 'b', 'c'), score: fc.double({ min: 0, max: 1, noNaN: true }) })
      .map((each) => ({
        ...each,
        annotator: each.family,
        human: false,
        label: 'cat',
        observation: object('cat', each.score, [0, 0, 9, 9]),
        box: [0, 0, 9, 9] as const,
      }))
    fc.assert(
      fc.property(fc.array(member), member, (members, vote) => {
        expect(agreedScore([...members, vote])).toBeGreaterThanOrEqual(agreedScore(members))
      }),
      { numRuns: 1000 },
    )
  })

  it('never lowers the score of a region that had passed, nor takes it away', () => {
    fc.assert(
      fc.property(objectsApart, fc.double({ min: 0.2, max: 1, noNaN: true }), (sources, score) => {
        const { regions } = decideRegions({ image, sources, config })
        const target = regions[0]
        if (target === undefined) return
        const agreeing = source('newcomer', [object(target.label, score, target.box)])
        const after = decideRegions({ image, sources: [...sources, agreeing], config }).regions
        const same = after.filter((region) =>
          region.candidates.some(({ observation }) => target.candidates[0]?.observation === observation),
        )
        expect(same).toHaveLength(1)
        expect(same[0]?.score).toBeGreaterThanOrEqual(target.score)
        expect(same[0]?.votes).toBe(target.votes + 1)
      }),
      { numRuns: 500 },
    )
  })
})

/** Up to four objects far from each other, each seen by some of three detectors a few pixels off. */
const objectsApart: fc.Arbitrary<Source[]> = fc
  .array(
    fc.array(
      fc.option(
        fc.record({
          score: fc.double({ min: 0, max: 1, noNaN: true }),
          shift: fc.double({ min: -4, max: 4, noNaN: true }),
        }),
      ),
      { minLength: 4, maxLength: 4 },
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((detectors) =>
    detectors.map((seen, detector) =>
      source(
        `detector-${detector}`,
        seen.flatMap((each, place) => (each === null ? [] : [object('cat', each.score, placeBox(place, each.shift))])),
      ),
    ),
  )

function placeBox(place: number, shift: number): Box {
  return [20 + place * 150 + shift, 40 + shift, 120 + place * 150 + shift, 200 + shift]
}

function line(annotator: string, observation: Observation): string {
  return JSON.stringify({ annotator, ...observation })
}

function observationsOf(payload: Readonly<Record<string, unknown>>): string[] {
  const { observations } = payload
  return Array.isArray(observations) ? observations.map((each) => JSON.stringify(each)) : []
}
