import { describe, expect, test } from 'vitest'
import type { PhraseRegionRow, RejectRow } from '../../schemas/annotation.js'
import type { Box } from '../../schemas/geometry.js'
import { mergeImage } from '../../src/rounds/index.js'
import type { ImageToMerge } from '../../src/rounds/merge/image-to-merge.js'
import { image, merging, nothing, object, regionRow, saying, textRow, tripletRow } from './merge-fixture.js'

const place: Box = [100, 100, 200, 200]
const nearby: Box = [105, 100, 205, 200]
const far: Box = [400, 300, 500, 400]
const specialist = (...observations: ImageToMerge['specialists'][number]['observations']) => [
  { annotator: 'picodet', family: 'picodet', observations },
]
const reasons = (rejects: readonly RejectRow[]) => rejects.map(({ kind, reason }) => `${kind} ${reason}`)

describe('regions of the round before', () => {
  const before = { ...nothing, region_text: [regionRow('cat', place)] }

  test('what the checkpoint says too is confirmed: support and checkpoints grow, votes, score and rule stay', () => {
    const merged = mergeImage(merging({ before, checkpoint: saying([object('cat', nearby)]) }))
    expect(merged.region_text).toEqual([
      { ...before.region_text[0], round: 1, support: ['base-v1-image', 'yolox'], checkpoints: ['base@1'] },
    ])
    expect(merged.rejects).toEqual([])
  })

  test('a wider name at the same place confirms as well', () => {
    const merged = mergeImage(merging({ before, checkpoint: saying([object('animal', nearby)]) }))
    expect(merged.region_text).toMatchObject([{ label: 'cat', support: ['base-v1-image', 'yolox'] }])
  })

  test('its silence takes away what stood on little, with the values that failed', () => {
    const merged = mergeImage(merging({ before }))
    expect(merged.region_text).toEqual([])
    expect(reasons(merged.rejects)).toEqual(['object checkpoint_silent'])
    const [reject] = merged.rejects
    expect(reject).toMatchObject({
      stage: 'round',
      rule: 'round_merge',
      round: 1,
      support: ['yolox'],
      checkpoints: null,
    })
    expect(JSON.parse(reject?.failed ?? '')).toEqual({
      ...{ votes: 1, lowest_votes: 2, score: 0.4, lowest_score: 0.6, checkpoint: 'base@1' },
    })
    expect(JSON.parse(reject?.payload ?? '')).toEqual({ row: before.region_text[0] })
  })

  test.each([
    ['two families', { votes: 2 }],
    ['a high score', { score: 0.7 }],
    ['a person', { support: ['source'] }],
    ['a group', { is_group: true }],
  ])('its silence leaves what stands on %s', (_, rest) => {
    const strong = { ...nothing, region_text: [regionRow('cat', place, rest)] }
    const merged = mergeImage(merging({ before: strong }))
    expect(merged.region_text).toEqual([{ ...strong.region_text[0], round: 1 }])
  })

  test('who was not asked for objects, or failed, is not silent about them', () => {
    const checkpoint = { ...saying([]), asked: { objects: false, text_regions: false, phrases: false } }
    expect(mergeImage(merging({ before, checkpoint })).region_text).toHaveLength(1)
  })

  test('a weak one takes the name that the checkpoint and a specialist give it', () => {
    const merged = mergeImage(
      merging({
        before: { ...nothing, region_text: [regionRow('cat', place, { brief_text: 'a cat', chosen_text: 'a cat' })] },
        checkpoint: saying([object('dog', nearby)]),
        specialists: specialist(object('dog', place, 0.1)),
      }),
    )
    expect(merged.region_text).toMatchObject([
      {
        ...{ label: 'dog', alternatives: ['cat'], phrase: 'dog', brief_text: null, chosen_text: 'dog', votes: 1 },
        ...{ rule: 'round_relabelled', support: ['base-v1-image', 'picodet'], checkpoints: ['base@1'] },
      },
    ])
    // Who called it a cat says nothing for a dog.
    expect(merged.region_text[0]?.score).toBeCloseTo(0.3)
    expect(merged.rejects).toEqual([])
  })

  test('a weak one takes no name that another region has at its place', () => {
    const cat = regionRow('cat', place, { votes: 3, score: 0.9 })
    const merged = mergeImage(
      merging({
        before: { ...nothing, region_text: [cat, regionRow('dog', nearby)] },
        checkpoint: saying([object('cat', place, 0.9), object('cat', nearby, 0.8)]),
        specialists: specialist(object('cat', nearby, 0.2)),
      }),
    )
    expect(merged.region_text.map(({ label, region_id }) => [label, region_id])).toEqual([['cat', cat.region_id]])
    expect(reasons(merged.rejects)).toEqual(['object checkpoint_differs', 'object named_otherwise'])
  })

  test.each([
    ['CAR', 'vehicle', false],
    ['STOP!', 'stop', true],
    ['$$', '!!!', false],
    ['$$', ' $$', true],
  ])('a line that reads %j is confirmed by %j: %s', (phrase, text, isSame) => {
    const quad = [100, 100, 200, 100, 200, 200, 100, 200] as const
    const line = regionRow('', place, { kind: 'text', label: null, phrase, quad: [...quad] })
    const reading = { kind: 'text_region', text, score: 0.7, box_score: 0.7, box: place, quad } as const
    const merged = mergeImage(merging({ before: { ...nothing, region_text: [line] }, checkpoint: saying([reading]) }))
    expect(merged.region_text).toHaveLength(isSame ? 1 : 0)
  })

  test('a weak one that only the checkpoint names otherwise goes, and its name is not taken', () => {
    const merged = mergeImage(merging({ before, checkpoint: saying([object('dog', nearby)]) }))
    expect(merged.region_text).toEqual([])
    expect(reasons(merged.rejects)).toEqual(['object checkpoint_differs', 'object named_otherwise'])
    expect(JSON.parse(merged.rejects[0]?.failed ?? '')).toMatchObject({ sees_instead: 'dog' })
  })

  test('what the checkpoint says below its lowest score is not heard', () => {
    const merged = mergeImage(merging({ before, checkpoint: saying([object('cat', nearby, 0.05)]) }))
    expect(reasons(merged.rejects)).toEqual(['object below_checkpoint_score', 'object checkpoint_silent'])
  })

  test('another name for a strong one is no second region at its place', () => {
    const strong = { ...nothing, region_text: [regionRow('cat', place, { votes: 3, score: 0.9 })] }
    const merged = mergeImage(merging({ before: strong, checkpoint: saying([object('dog', nearby)]) }))
    expect(merged.region_text).toMatchObject([{ label: 'cat', checkpoints: null }])
    expect(reasons(merged.rejects)).toEqual(['object named_otherwise'])
    expect(JSON.parse(merged.rejects[0]?.failed ?? '')).toMatchObject({ label: 'cat' })
  })

  test('a description and a mask that were missing are filled in, and say who gave them', () => {
    const masked = { polygon_points: [1, 1, 9, 1, 9, 9], polygon_rings: [0], mask_rle: 'abc', mask_score: 0.9 }
    const now = regionRow('cat', place, { brief_text: 'a tabby cat', chosen_text: 'a tabby cat', ...masked })
    const { region_id } = now
    const voice = saying([object('cat', place)])
    const merged = mergeImage(
      merging({
        before,
        decided: { ...nothing, region_text: [now] },
        checkpoint: {
          ...voice,
          voices: [
            ...voice.voices,
            {
              ...{ annotator: 'base-v1-regions', family: 'florence2' },
              observations: [{ kind: 'region_caption', region_id, text: 'a tabby cat', score: 0.8 }],
            },
          ],
        },
      }),
    )
    expect(merged.region_text).toMatchObject([
      { brief_text: 'a tabby cat', ...masked, support: ['base-v1-image', 'base-v1-regions', 'yolox'] },
    ])
  })
})

describe('what the checkpoint hardly believes itself', () => {
  test('is no description of a region', () => {
    const row = regionRow('cat', place, { votes: 2 })
    const now = { ...row, brief_text: 'awa', chosen_text: 'awa' }
    const said = { kind: 'region_caption', region_id: row.region_id, text: 'awa', score: 0.05 } as const
    const checkpoint = { ...saying([said], 'base-v1-regions') }
    const merged = mergeImage(
      merging({
        before: { ...nothing, region_text: [row] },
        decided: { ...nothing, region_text: [now] },
        checkpoint,
      }),
    )
    expect(merged.region_text).toMatchObject([{ brief_text: null, checkpoints: null }])
    expect(merged.rejects).toMatchObject([
      { kind: 'text', reason: 'below_checkpoint_score', score: 0.05, support: ['base-v1-regions'] },
    ])
  })

  test('is no text, not even where there is none', () => {
    const text = textRow('photo evolves', { support: ['base-v1-image'], checkpoints: ['base@1'], score: 0.01 })
    const merged = mergeImage(merging({ decided: { ...nothing, text: [text] } }))
    expect(merged.text).toEqual([])
    expect(reasons(merged.rejects)).toEqual(['text below_checkpoint_score'])
  })
})

describe('regions that the checkpoint proposes', () => {
  test('pass where a specialist saw the same, with however low a score; the checkpoint is no vote', () => {
    const merged = mergeImage(
      merging({ checkpoint: saying([object('dog', far, 0.5)]), specialists: specialist(object('dog', far, 0.0625)) }),
    )
    expect(merged.region_text).toMatchObject([
      {
        ...{ label: 'dog', rule: 'round_borne_out', votes: 1, support: ['base-v1-image', 'picodet'], round: 1 },
        ...{ checkpoints: ['base@1'], x1: 400, y1: 300, x2: 500, y2: 400, dispersion: 0, kind: 'object' },
      },
    ])
    expect(merged.region_text[0]?.score).toBeCloseTo(0.28125)
  })

  test.each([
    ['nobody', specialist()],
    ['a specialist with less than the lowest score', specialist(object('dog', far, 0.01))],
    ['a specialist elsewhere', specialist(object('dog', place, 0.5))],
    ['a specialist with another name', specialist(object('cat', far, 0.5))],
  ])('are rejected where %s bears them out', (_, specialists) => {
    const merged = mergeImage(merging({ checkpoint: saying([object('dog', far)]), specialists }))
    expect(merged.region_text).toEqual([])
    expect(reasons(merged.rejects)).toEqual(['object not_borne_out'])
    expect(merged.rejects[0]).toMatchObject({ support: ['base-v1-image'], checkpoints: ['base@1'], votes: 0 })
  })

  test('are rejected where they are there already, said twice', () => {
    const merged = mergeImage(
      merging({
        checkpoint: saying([object('dog', far, 0.6), object('dog', [402, 300, 500, 400], 0.5)]),
        specialists: specialist(object('dog', far, 0.3)),
      }),
    )
    expect(merged.region_text).toHaveLength(1)
    expect(reasons(merged.rejects)).toEqual(['object already_there'])
  })

  test('a line of text passes where another reader read the same there', () => {
    const line = (text: string, score: number) =>
      ({
        kind: 'text_region',
        text,
        score,
        box_score: score,
        box: far,
        quad: [400, 300, 500, 300, 500, 400, 400, 400],
      }) as const
    const read = merging({ checkpoint: saying([line('STOP!', 0.7)]), specialists: specialist(line('stop', 0.2)) })
    expect(mergeImage(read).region_text).toMatchObject([
      { kind: 'text', phrase: 'STOP!', label: null, quad: line('', 0).quad },
    ])
    const other = merging({ checkpoint: saying([line('STOP!', 0.7)]), specialists: specialist(line('shop', 0.2)) })
    expect(reasons(mergeImage(other).rejects)).toEqual(['text_region not_borne_out'])
  })
})

describe('texts', () => {
  const ours = (text: string, rest = {}) =>
    textRow(text, { support: ['base-v1-image'], checkpoints: ['base@1'], text_id: `${image.image_id}/brief7`, ...rest })

  test('the same words are confirmed, and nothing is taken from a text by silence', () => {
    const text = [textRow('a cat'), textRow('a dog', { text_id: `${image.image_id}/brief1`, score: 0.1 })]
    const merged = mergeImage(merging({ before: { ...nothing, text }, decided: { ...nothing, text: [ours('a cat')] } }))
    expect(merged.text).toEqual([
      { ...text[0], round: 1, support: ['base-v1-image', 'captioner'], checkpoints: ['base@1'] },
      { ...text[1], round: 1 },
    ])
  })

  test('a granularity that had none is filled', () => {
    const now = ours('a cat on a mat', { granularity: 'detailed' })
    const merged = mergeImage(
      merging({ before: { ...nothing, text: [textRow('a cat')] }, decided: { ...nothing, text: [now] } }),
    )
    expect(merged.text.at(-1)).toEqual({
      ...now,
      round: 1,
      rule: 'round_fills',
      text_id: `${image.image_id}/detailed0`,
    })
  })

  test.each([
    ['names only what is borne out', { labels: ['cat'] }, 'a text'],
    ['is near to the image', { similarity: 0.4, labels: ['cat'], unsupported_labels: ['cat'] }, 'a text'],
    ['names what nothing bears out', { labels: ['cat'], unsupported_labels: ['cat'] }, 'not_borne_out'],
    ['names nothing', { labels: [] }, 'not_borne_out'],
    ['is far from the image', { similarity: 0.1, labels: ['cat'] }, 'not_borne_out'],
  ])('a further text that %s is %3$s', (_, rest, outcome) => {
    const decided = { ...nothing, text: [ours('a grey cat', rest)] }
    const merged = mergeImage(merging({ before: { ...nothing, text: [textRow('a cat')] }, decided }))
    if (outcome === 'a text') {
      expect(merged.text.at(-1)).toMatchObject({
        text: 'a grey cat',
        rule: 'round_borne_out',
        text_id: `${image.image_id}/brief1`,
      })
    } else expect(reasons(merged.rejects)).toEqual([`text ${outcome}`])
  })

  test('a round adds no more than it may', () => {
    const decided = {
      ...nothing,
      text: [ours('one cat', { labels: ['cat'] }), ours('a grey cat', { labels: ['cat'] })],
    }
    const merged = mergeImage(merging({ before: { ...nothing, text: [textRow('a cat')] }, decided }))
    expect(merged.text.map(({ text }) => text)).toEqual(['a cat', 'one cat'])
    expect(reasons(merged.rejects)).toEqual(['text enough_texts'])
  })
})

describe('triplets', () => {
  const text = textRow('a cat on a mat')
  const region = regionRow('cat', place, { votes: 2 })
  const before = { ...nothing, text: [text], region_text: [region] }
  const ours = (phrase: string, box: Box, rest: Partial<PhraseRegionRow> = {}) => {
    const [x1, y1, x2, y2] = box
    return tripletRow(text, phrase, region, {
      ...{ support: ['base-v1-texts'], checkpoints: ['base@1'], region_id: `${image.image_id}/p-1`, x1, y1, x2, y2 },
      ...rest,
    })
  }
  const checkpoint = saying([object('cat', place)], 'base-v1-texts')
  const decidedText = { ...nothing, text: [{ ...text, text_id: `${image.image_id}/brief3` }] }
  const decided = (...rows: PhraseRegionRow[]) => ({
    ...decidedText,
    phrase_region: rows.map((each) => ({ ...each, text_id: `${image.image_id}/brief3` })),
  })

  test('the same phrase at the same place is confirmed, whatever its text is called in the decision', () => {
    const triplet = tripletRow(text, 'a cat', region)
    const merged = mergeImage(
      merging({ before: { ...before, phrase_region: [triplet] }, decided: decided(ours('a cat', nearby)), checkpoint }),
    )
    expect(merged.phrase_region).toEqual([
      { ...triplet, round: 1, support: ['base-v1-texts', 'grounder'], checkpoints: ['base@1'] },
    ])
  })

  test('a weak one that the checkpoint does not ground goes; a strong one stays', () => {
    const [weak, strong] = [tripletRow(text, 'a cat', region), tripletRow(text, 'a mat', region, { votes: 2 })]
    const merged = mergeImage(merging({ before: { ...before, phrase_region: [weak, strong] }, checkpoint }))
    expect(merged.phrase_region).toEqual([{ ...strong, round: 1 }])
    expect(reasons(merged.rejects)).toEqual(['phrase checkpoint_silent'])
  })

  test('one whose region went goes too', () => {
    const weak = regionRow('cup', far)
    const triplet = tripletRow(text, 'a mat', weak, { votes: 2 })
    const merged = mergeImage(
      merging({ before: { ...before, region_text: [region, weak], phrase_region: [triplet] }, checkpoint }),
    )
    expect(reasons(merged.rejects)).toEqual(['object checkpoint_silent', 'phrase region_not_kept'])
  })

  test('where one went with its region, what is grounded there anew is asked about for itself', () => {
    const weak = regionRow('cup', nearby)
    const triplet = tripletRow(text, 'a cat', weak)
    const merged = mergeImage(
      merging({
        before: { ...before, region_text: [region, weak], phrase_region: [triplet] },
        decided: decided(ours('a cat', nearby)),
        checkpoint,
      }),
    )
    expect(reasons(merged.rejects)).toEqual(['object checkpoint_silent', 'phrase region_not_kept'])
    expect(merged.phrase_region).toMatchObject([{ phrase: 'a cat', region_id: region.region_id }])
  })

  test('a longer phrase from the same word on is another', () => {
    const standing = tripletRow(text, 'a cat', region, { votes: 2 })
    const merged = mergeImage(
      merging({
        before: { ...before, phrase_region: [standing] },
        decided: decided(ours('a cat on a mat', nearby)),
        checkpoint,
      }),
    )
    expect(merged.phrase_region.map(({ phrase }) => phrase)).toEqual(['a cat', 'a cat on a mat'])
    expect(merged.rejects).toEqual([])
  })

  test('a new one passes on the agreed region at its place, and has its box', () => {
    const merged = mergeImage(merging({ before, decided: decided(ours('a cat', nearby)), checkpoint }))
    expect(merged.phrase_region).toMatchObject([
      {
        ...{ phrase: 'a cat', text_id: text.text_id, region_id: region.region_id, rule: 'round_borne_out', round: 1 },
        ...{ x1: 100, y1: 100, x2: 200, y2: 200, support: ['base-v1-texts'] },
      },
    ])
  })

  test('a new one without a region at its place is rejected', () => {
    const merged = mergeImage(merging({ before, decided: decided(ours('a cat', far)), checkpoint }))
    expect(merged.phrase_region).toEqual([])
    expect(reasons(merged.rejects)).toEqual(['phrase not_borne_out'])
  })
})

test('an image that was taken out stays out', () => {
  const out: RejectRow = {
    ...{ image_id: image.image_id, shard: '000000', round: 0, support: [], votes: 0, score: 0, checkpoints: null },
    ...{ kind: 'image', stage: 'annotate', reason: 'required_annotator_failed', rule: 'required_annotators' },
    ...{ payload: '{}', failed: '{}' },
  }
  const merged = mergeImage(
    merging({
      before: { ...nothing, rejects: [out] },
      checkpoint: saying([object('cat', place)]),
      specialists: specialist(object('cat', place)),
    }),
  )
  expect(merged).toEqual({ ...nothing, rejects: [{ ...out, round: 1 }] })
})

test('rejects of the checkpoint are kept, those of the specialists stand in the round before', () => {
  const reject = (support: string[], kind: RejectRow['kind']): RejectRow => ({
    ...{ image_id: image.image_id, shard: '000000', round: 1, support, votes: 1, score: 0, checkpoints: null },
    ...{ kind, stage: 'consensus', reason: 'refusal', rule: 'text_refusal', payload: '{}', failed: '{}' },
  })
  const decided = {
    ...nothing,
    rejects: [reject(['base-v1-image'], 'text'), reject(['captioner'], 'text'), reject(['base-v1-image'], 'object')],
  }
  expect(mergeImage(merging({ decided })).rejects).toEqual([decided.rejects[0]])
})
