import { describe, expect, test } from 'vitest'
import type { RegionTextRow, ShardAnnotations } from '../../../schemas/annotation.js'
import { ChangeTally } from '../../../src/rounds/diff/change-tally.js'
import { agreementOf, churnOf } from '../../../src/rounds/diff/churn.js'
import { groupingsOf } from '../../../src/rounds/diff/groupings.js'
import { imageChanges } from '../../../src/rounds/diff/image-changes.js'
import { nothing, regionRow, textRow } from '../merge-fixture.js'

const dog = regionRow('dog', [0, 0, 100, 100])
const cat = regionRow('cat', [200, 0, 300, 100])
const cup = regionRow('cup', [400, 0, 500, 100])
const exit = regionRow('exit', [0, 300, 100, 340], { kind: 'text', label: null, phrase: 'EXIT' })
/** Not as it was: with the checkpoint among those who say so. */
const by = (row: RegionTextRow, rest: Partial<RegionTextRow> = {}): RegionTextRow => ({
  ...{ ...row, support: [...row.support, 'tiny-v1-image'], checkpoints: ['tiny@1'] },
  ...rest,
})

function tallied(before: Partial<ShardAnnotations>, after: Partial<ShardAnnotations>) {
  const changes = imageChanges({ ...nothing, ...before }, { ...nothing, ...after })
  const [texts, regions] = [
    new ChangeTally(groupingsOf.text, { examples: 0 }),
    new ChangeTally(groupingsOf.region_text, { examples: 0 }),
  ]
  texts.add(changes.text)
  regions.add(changes.region_text)
  return { texts: texts.result(), regions: regions.result() }
}

const regions = (before: RegionTextRow[], after: RegionTextRow[]) =>
  tallied({ region_text: before }, { region_text: after }).regions

describe('churn', () => {
  test('is what changed, for each row before, over all tables', () => {
    const { texts, regions } = tallied(
      { text: [textRow('A dog.')], region_text: [dog, cat, cup] },
      { text: [textRow('A wet dog.')], region_text: [{ ...dog, x1: 5 }, { ...cat, label: 'lynx' }, exit] },
    )
    const shares = { added: 1 / 4, dropped: 1 / 4, moved: 1 / 4, relabelled: 1 / 4, retexted: 1 / 4 }
    expect(churnOf([texts, regions])).toEqual({ total: 5 / 4, shares })
  })

  test('is none where rows only gained support or another score', () => {
    expect(churnOf([regions([dog, cat], [by(dog), { ...cat, score: 0.9 }])]).total).toBe(0)
  })

  test('is whole where there was nothing, and none where there still is nothing', () => {
    expect(churnOf([regions([], [dog, cat])])).toMatchObject({ total: 1, shares: { added: 1 } })
    expect(churnOf([regions([], [])]).total).toBe(0)
  })
})

describe('agreement', () => {
  const asker = { annotator: 'tiny-v1-image', objects: true, texts: true }
  const agreed = (after: RegionTextRow[], rest: Partial<typeof asker> = {}) =>
    agreementOf(regions([dog, cat, cup, exit], after), { ...asker, ...rest })

  test('is the share of the regions before that the checkpoint saw too', () => {
    expect(agreed([by(dog), by(cat), cup, exit])).toBe(2 / 4)
    expect(agreed([dog, cat, cup, exit])).toBe(0)
    // Moved to where both are is agreed; what it added or named otherwise is not.
    const bird = regionRow('bird', [500, 300, 600, 400])
    expect(agreed([by(dog, { x1: 3 }), by(cat, { label: 'lynx' }), by(bird), exit])).toBe(1 / 4)
  })

  test('is of the kinds that it was asked about', () => {
    expect(agreed([by(dog), cat, cup, exit], { texts: false })).toBe(1 / 3)
    expect(agreed([dog, cat, cup, by(exit)], { objects: false })).toBe(1)
    expect(agreementOf(regions([dog], [dog]), { ...asker, objects: false })).toBeNull()
  })

  test('is unknown where the same version stands behind rows of before: those may only go on', () => {
    expect(agreementOf(regions([by(dog), cat], [by(dog), by(cat)]), asker)).toBeNull()
    expect(agreementOf(regions([by(dog), cat], [by(dog), cat]), asker)).toBeNull()
  })

  test('counts what rounds before added as soon as it is there', () => {
    const added = regionRow('cup', [400, 0, 500, 100], { rule: 'round_borne_out' })
    expect(agreementOf(regions([dog, added], [dog, by(added)]), asker)).toBe(1 / 2)
  })
})
