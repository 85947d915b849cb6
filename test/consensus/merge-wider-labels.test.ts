import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ConsensusConfig, consensusConfigSchema } from '../../schemas/consensus-config.js'
import type { Box } from '../../schemas/geometry.js'
import { decideRegions, type Source } from '../../src/consensus/index.js'
import { image, object, source } from './sources.js'

const here: Box = [100, 100, 200, 200]
const near: Box = [104, 98, 203, 202]
const there: Box = [400, 100, 500, 200]

function decide(sources: readonly Source[], config: Partial<ConsensusConfig> = {}) {
  return decideRegions({ image, sources, config: consensusConfigSchema.parse(config) })
}

const saysVehicle = source('openimages', [object('Vehicle', 0.6, near)], { vocabulary: ['Vehicle', 'Person'] })
const saysCar = source('coco', [object('car', 0.6, here)], { vocabulary: ['car', 'person'] })

describe('a wider and a narrower label on one thing', () => {
  it('are one region that both vote for, named by the narrower', () => {
    const { regions, rejects } = decide([saysVehicle, saysCar])
    expect(regions).toMatchObject([{ label: 'car', rule: 'votes', votes: 2, support: ['coco', 'openimages'] }])
    expect(regions[0]?.score).toBeCloseTo(1 - 0.4 * 0.4, 12)
    expect(rejects).toEqual([])
  })

  it('are named by the wider, or stay two, where the run says so', () => {
    expect(decide([saysVehicle, saysCar], { label_parents: 'wider' }).regions).toMatchObject([
      { label: 'vehicle', votes: 2 },
    ])
    const apart = decide([saysVehicle, saysCar], { label_parents: 'apart' }).regions
    expect(apart).toMatchObject([{ votes: 1, rule: 'unopposed' }])
  })

  it('are not named by a label that nobody voted for', () => {
    const doubtful = source('coco', [object('car', 0.1, here)], { vocabulary: ['car'] })
    const sure = source('openimages', [object('Vehicle', 0.9, near)], { vocabulary: ['Vehicle'] })
    expect(decide([doubtful, sure]).regions).toMatchObject([{ label: 'vehicle', votes: 1, support: ['openimages'] }])
  })

  it('stay two where they are two things', () => {
    const elsewhere = source('openimages', [object('Vehicle', 0.9, there)], { vocabulary: ['Vehicle'] })
    expect(
      decide([saysCar, elsewhere])
        .regions.map(({ label }) => label)
        .sort(),
    ).toEqual(['car', 'vehicle'])
  })

  it('keep a region that had passed under the wider name when a narrower vote comes that does not carry it', () => {
    const silent = source('third', [], { vocabulary: ['car'] })
    const weak = source('coco', [object('car', 0.21, here)], { vocabulary: ['car'] })
    const alone = source('openimages', [object('Vehicle', 0.6, here)], { vocabulary: ['Vehicle'] })
    const without = decide([alone, source('coco', [], { vocabulary: ['car'] }), silent]).regions
    expect(without).toMatchObject([{ label: 'vehicle', rule: 'unopposed' }])
    const withIt = decide([alone, weak, silent]).regions
    expect(withIt).toMatchObject([{ label: 'vehicle', votes: 2 }])
    expect(withIt[0]?.score).toBeGreaterThan(without[0]?.score ?? 1)
  })

  it('are the one that people called by the wider label', () => {
    const people = source('source', [object('vehicle', 1, here)], { human: true, family: 'human', vocabulary: null })
    const machine = source('coco', [object('car', 0.9, [90, 90, 200, 200])], { vocabulary: ['car'] })
    expect(decide([people, machine]).regions).toMatchObject([
      { label: 'vehicle', box: here, rule: 'human_label', support: ['coco', 'source'] },
    ])
  })

  it('leave a label of people its name and its box', () => {
    const person = source('source', [object('car', 1, here)], { human: true, family: 'human', vocabulary: null })
    expect(decide([saysVehicle, person]).regions).toMatchObject([{ label: 'car', box: here, rule: 'human_label' }])
  })

  it('read a homonym as the vocabulary of its detector means it', () => {
    const words = ['Mouse', 'Dog', 'Cat', 'Vehicle registration plate']
    const animal = source('openimages', [object('Mouse', 0.9, here)], { vocabulary: words })
    const device = source('coco', [object('mouse', 0.9, here)], { vocabulary: ['mouse', 'keyboard'] })
    const labels = new Set([animal, device].flatMap((each) => decide([each]).regions.map(({ label }) => label)))
    expect(labels.size).toBe(2)
  })

  it('lose no observation, whatever the order of the sources', () => {
    const label = fc.constantFrom('car', 'Vehicle', 'limousine', 'dog', 'animal')
    const box = fc.constantFrom(here, near, there)
    const said = fc.array(fc.tuple(label, fc.double({ min: 0, max: 1, noNaN: true }), box), { maxLength: 6 })
    fc.assert(
      fc.property(fc.array(said, { minLength: 1, maxLength: 3 }), (all) => {
        const sources = all.map((own, index) =>
          source(
            `detector${index}`,
            own.map(([name, score, where]) => object(name, score, where)),
            { vocabulary: null },
          ),
        )
        const decided = decide(sources)
        expect(decide([...sources].reverse())).toEqual(decided)
        const kept = decided.regions.reduce((sum, { candidates }) => sum + candidates.length, 0)
        const rejected = decided.rejects.reduce((sum, { payload }) => sum + countObservations(payload), 0)
        expect(kept + rejected).toBe(all.flat().length)
      }),
      { numRuns: 300 },
    )
  })
})

function countObservations({ observations }: Readonly<Record<string, unknown>>): number {
  return Array.isArray(observations) ? observations.length : 0
}
