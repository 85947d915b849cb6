import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type {
  PhraseRegionRow,
  RegionTextRow,
  RejectRow,
  ShardAnnotations,
  TextRow,
} from '../../../schemas/annotation.js'
import { ChangeTally } from '../../../src/rounds/diff/change-tally.js'
import { changedRules } from '../../../src/rounds/diff/changed-rules.js'
import { groupingsOf } from '../../../src/rounds/diff/groupings.js'
import { imageChanges } from '../../../src/rounds/diff/image-changes.js'

const place = { image_id: 'image', shard: '000000', round: 0, checkpoints: null }
const noMask = { polygon_points: null, polygon_rings: null, mask_rle: null, mask_score: null, mask_stability: null }
type Corners = readonly [number, number, number, number]

function region([x1, y1, x2, y2]: Corners, row: Partial<RegionTextRow> = {}): RegionTextRow {
  const label = row.label === undefined ? 'dog' : row.label
  const phrase = label ?? 'EXIT'
  return {
    ...{ ...place, ...noMask, support: ['a', 'b'], votes: 2, score: 0.9, rule: 'votes' },
    ...{
      region_id: `image/${x1}-${label}`,
      kind: label === null ? 'text' : 'object',
      x1,
      y1,
      x2,
      y2,
      quad: null,
      label,
    },
    ...{ alternatives: [], phrase, brief_text: null, noun_chunks: [], chosen_text: phrase, chosen_from: 'phrase' },
    ...{ similarity: null, dispersion: null, is_group: false, ...row },
  }
}

function text(words: string, row: Partial<TextRow> = {}): TextRow {
  const counts = { tokens: 3, objects: 1, attributes: 0, actions: 0, proper_nouns: 0 }
  return {
    ...{ ...place, support: ['captioner'], votes: 1, score: 0.8, rule: 'valid_text', text_id: 'image/brief0' },
    ...{ granularity: 'brief', text: words, ...counts, object_complexity: 0, action_complexity: 0 },
    ...{ similarity: null, labels: [], unsupported_labels: [], ...row },
  }
}

function triplet([x1, y1, x2, y2]: Corners, row: Partial<PhraseRegionRow> = {}): PhraseRegionRow {
  return {
    ...{ ...place, ...noMask, support: ['captioner'], votes: 1, score: 0.5, rule: 'region_agreed' },
    ...{ text_id: 'image/brief0', phrase: 'A dog', start: 0, end: 5, region_id: 'image/o', x1, y1, x2, y2 },
    ...{ phrase_score: 0.7, box_score: 0.7, ...row },
  }
}

function reject(row: Partial<RejectRow> = {}): RejectRow {
  return {
    ...{
      ...place,
      support: ['a'],
      votes: 1,
      score: 0.2,
      rule: 'threshold',
      kind: 'object',
      payload: '{"label":"cat"}',
    },
    ...{ stage: 'consensus', reason: 'below_threshold', failed: '{"needed":0.3}', ...row },
  }
}

const nothing: ShardAnnotations = { text: [], region_text: [], phrase_region: [], rejects: [] }
const regionsOf = (before: RegionTextRow[], after: RegionTextRow[]) =>
  imageChanges({ ...nothing, region_text: before }, { ...nothing, region_text: after }).region_text.map(
    ({ kinds }) => kinds,
  )

describe('regions', () => {
  const box = [10, 10, 110, 110] as const
  test.each([
    ['the same', region(box), region(box, { region_id: 'image/other' }), []],
    ['another box', region(box), region([12, 10, 110, 110]), ['moved']],
    ['another score', region(box), region(box, { score: 0.8 }), ['rescored']],
    ['another label', region(box), region(box, { label: 'cat' }), ['relabelled']],
    ['many of it', region(box), region(box, { is_group: true }), ['relabelled']],
    ['another chosen text', region(box), region(box, { chosen_text: 'a brown dog' }), ['retexted']],
    ['another support', region(box), region(box, { support: ['a'], votes: 1 }), ['other']],
    ['another mask', region(box), region(box, { mask_rle: 'x' }), ['other']],
    ['text read otherwise', region(box, { label: null }), region(box, { label: null, phrase: 'EXIT 9' }), ['retexted']],
    ['from before groups were told', region(box, { is_group: null }), region(box), ['other']],
  ] as const)('%s', (_, before, after, kinds) => {
    expect(regionsOf([before], [after])).toEqual([kinds])
  })

  test('boxes that hardly overlap are two; a text is no object', () => {
    expect(regionsOf([region(box)], [region([80, 80, 180, 180])])).toEqual([['dropped'], ['added']])
    expect(regionsOf([region(box)], [region(box, { label: null })])).toEqual([['dropped'], ['added']])
  })

  test('of two that overlap, each stays with the nearer, and the same label goes before a nearer box', () => {
    const near = region([10, 10, 112, 110])
    const far = region([10, 10, 140, 110])
    const changes = imageChanges(
      { ...nothing, region_text: [far, near] },
      { ...nothing, region_text: [region(box), far] },
    )
    expect(changes.region_text.map(({ before, after }) => [before?.x2, after?.x2]).sort()).toEqual([
      [112, 110],
      [140, 140],
    ])
    expect(regionsOf([region(box)], [region(box, { label: 'cat' }), near])).toEqual([['moved'], ['added']])
  })
})

test('texts are known by their words, triplets by the words of both; ids only count', () => {
  const before = { ...nothing, text: [text('A dog runs.')], phrase_region: [triplet([0, 0, 50, 50])] }
  const renumbered = {
    ...nothing,
    text: [text('A cat sits.'), text('A dog runs.', { text_id: 'image/brief1' })],
    phrase_region: [triplet([0, 0, 50, 50], { text_id: 'image/brief1' })],
  }
  const changes = imageChanges(before, renumbered)
  expect(changes.text.map(({ kinds }) => kinds)).toEqual([[], ['added']])
  expect(changes.phrase_region.map(({ kinds }) => kinds)).toEqual([[]])
  const rewritten = imageChanges(before, { ...before, text: [text('A brown dog runs.')] })
  expect(rewritten.text.map(({ kinds }) => kinds)).toEqual([['retexted']])
  expect(rewritten.phrase_region.map(({ kinds }) => kinds)).toEqual([['dropped'], ['added']])
})

test('a reject is what was rejected and why: other numbers are another kind of change', () => {
  const of = (before: RejectRow[], after: RejectRow[]) =>
    imageChanges({ ...nothing, rejects: before }, { ...nothing, rejects: after }).rejects.map(({ kinds }) => kinds)
  expect(of([reject(), reject()], [reject()])).toEqual([[], ['dropped']])
  expect(of([reject()], [reject({ failed: '{"needed":0.4}' })])).toEqual([[]])
  expect(of([reject()], [reject({ rule: 'another' })])).toEqual([['other']])
  expect(of([reject()], [reject({ reason: 'too_few_votes' })])).toEqual([['dropped'], ['added']])
})

describe('whatever the rows', () => {
  const corner = fc.integer({ min: 0, max: 60 })
  const rows = fc.array(
    fc.record({
      x: corner,
      y: corner,
      size: fc.integer({ min: 5, max: 80 }),
      label: fc.constantFrom('dog', 'cat', null),
    }),
    { maxLength: 12 },
  )
  const annotations = rows.map((found) => {
    const boxes = found.map(({ x, y, size, label }, index) =>
      region([x, y, x + size, y + size], { label, region_id: `image/${index}`, score: (index + 1) / 20 }),
    )
    return { ...nothing, region_text: boxes, rejects: boxes.map(({ label }) => reject({ payload: `${label}` })) }
  })

  test('a decision does not differ from itself, in whatever order', () => {
    fc.assert(
      fc.property(annotations, (all) => {
        const turned = { ...all, region_text: [...all.region_text].reverse(), rejects: [...all.rejects].reverse() }
        const { region_text, rejects } = imageChanges(all, turned)
        expect([...region_text, ...rejects].flatMap(({ kinds }) => kinds)).toEqual([])
        expect(region_text).toHaveLength(all.region_text.length)
      }),
    )
  })

  test('every row is told of once, and the counts of all groups come to the rows', () => {
    fc.assert(
      fc.property(annotations, annotations, (one, other) => {
        const tally = new ChangeTally(groupingsOf.region_text, { examples: 2 })
        tally.add(imageChanges(one, other).region_text)
        const { before, after, same, changes, by, examples } = tally.result()
        expect([before, after]).toEqual([one.region_text.length, other.region_text.length])
        expect(before - changes.dropped).toBe(after - changes.added)
        expect(same).toBeLessThanOrEqual(before - changes.dropped)
        for (const name of ['rule', 'label', 'size']) {
          const groups = Object.values(by[name] ?? {})
          expect(groups.reduce((sum, group) => sum + group.before, 0)).toBe(before)
          expect(groups.reduce((sum, group) => sum + group.after, 0)).toBe(after)
          for (const kind of ['added', 'dropped', 'moved', 'relabelled'] as const) {
            expect(groups.reduce((sum, group) => sum + group.changes[kind], 0)).toBe(changes[kind])
          }
        }
        for (const { before: was, after: is } of examples) expect(was ?? is).not.toHaveProperty('mask_rle')
      }),
    )
  })

  test('turned round, what was added is dropped and nothing else changes', () => {
    fc.assert(
      fc.property(annotations, annotations, (one, other) => {
        const kinds = (changes: ReturnType<typeof imageChanges>) =>
          changes.region_text.flatMap((change) => change.kinds)
        const there = kinds(imageChanges(one, other))
        const back = kinds(imageChanges(other, one))
        const swap = { added: 'dropped', dropped: 'added' } as const
        const swapped = back.map((kind) => (kind === 'added' || kind === 'dropped' ? swap[kind] : kind))
        expect(swapped.filter((kind) => /ed$/.test(kind)).sort()).toEqual(
          there.filter((kind) => /ed$/.test(kind)).sort(),
        )
      }),
    )
  })
})

test('rules that differ are told by the key that --set knows them by', () => {
  const before = { min_votes: 2, sources: { a: { weight: 1 } }, list: [1, 2] }
  const after = { min_votes: 3, sources: { a: { weight: 1 }, b: { weight: 0.5 } }, list: [1, 2] }
  expect(changedRules(before, after)).toEqual([
    { key: 'min_votes', before: 2, after: 3 },
    { key: 'sources.b.weight', before: null, after: 0.5 },
  ])
  expect(changedRules(before, before)).toEqual([])
})
