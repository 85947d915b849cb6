import { describe, expect, test } from 'vitest'
import { type GateMeasures, gateRulesSchema } from '../../schemas/gate.js'
import type { Observation } from '../../schemas/observation.js'
import { ciderD } from '../../src/rounds/gate/cider.js'
import { judgeGate, measureCheckpoint } from '../../src/rounds/index.js'

describe('CIDEr-D', () => {
  const captions = ['a man rides a brown horse', 'two dogs play in the snow', 'a red bus on a wet street']

  test('is 10 for the very words of the reference, and 0 for words that no reference has', () => {
    const same = captions.map((caption) => ({ candidate: caption, references: [caption] }))
    expect(ciderD(same)).toBeCloseTo(10, 10)
    expect(ciderD(captions.map((caption) => ({ candidate: 'xylophone', references: [caption] })))).toBe(0)
  })

  test('weighs words by how few images have them', () => {
    const score = (candidate: string) =>
      ciderD([
        { candidate, references: ['a man rides a horse'] },
        ...captions.slice(1).map((each) => ({ candidate: '', references: [each] })),
      ])
    // `a` is in two of three images' references, `horse` in one.
    expect(score('horse') ?? 0).toBeGreaterThan(score('a') ?? 0)
  })

  test('is what the formula says, by hand, for one word each', () => {
    // Two images; of each candidate one word of one reference word: unigrams alone, so a quarter of the cosine, which is 1.
    const pairs = ['cat', 'dog'].map((word) => ({ candidate: word, references: [word] }))
    expect(ciderD(pairs)).toBeCloseTo(10 / 4, 10)
    // Another length: exp(-(1 - 2)^2 / (2 x 36)) x cosine of (cat) with (cat, cat): clipped min(1, 2) x 2 / (1 x 2).
    const longer = [
      { candidate: 'cat', references: ['cat cat'] },
      { candidate: '', references: ['dog'] },
    ]
    expect(ciderD(longer)).toBeCloseTo(((Math.exp(-1 / 72) * (1 * 2)) / (1 * 2) / 4 / 2) * 10, 10)
  })

  test('passes over images without references, and is null where none has any', () => {
    expect(ciderD([{ candidate: 'a cat', references: [] }])).toBeNull()
  })
})

test('measures: AP under wider labels, the best brief caption, phrases at IoU 0.5', () => {
  const box = [0, 0, 100, 100] as const
  const images = [
    {
      image_id: 'a',
      boxes: [{ image: 'a', label: 'person', box, is_group: false }],
      captions: ['a man'],
      phrases: [
        { text: 'a man', start: 0, end: 5, box },
        { text: 'a man', start: 2, end: 5, box: [200, 200, 300, 300] as const },
      ],
    },
    { image_id: 'b', boxes: [], captions: ['a dog'], phrases: [] },
  ]
  const observations: Observation[] = [
    { kind: 'object', label: 'man', score: 0.9, box } as const,
    { kind: 'caption', granularity: 'brief', text: 'a man', score: 1, phrases: [] } as const,
    {
      kind: 'grounded_phrase',
      text: 'a man',
      start: 0,
      end: 5,
      score: 1,
      box_score: 1,
      box: [0, 0, 100, 60] as const,
    } as const,
  ]
  const measured = measureCheckpoint(
    images,
    new Map([
      ['a', { observations, failure: null }],
      ['b', { observations: [], failure: 'no memory' }],
    ]),
  )
  expect(measured).toMatchObject({ objects: 1, phrases: 0.5, failed: 1 })
  // Unigrams and bigrams of one of two images.
  expect(measured.captions).toBeCloseTo(10 / 4, 10)
})

describe('the gate', () => {
  const rules = gateRulesSchema.parse({})
  const measures = (rest: Partial<GateMeasures>): GateMeasures => ({
    ...{ objects: 0.3, captions: 1, phrases: 0.5, failed: 0 },
    ...rest,
  })
  const judged = (version: Partial<GateMeasures>, images = 100) =>
    judgeGate({ version: measures(version), against: measures({}) }, { rules, images })

  test.each([
    ['the same', {}],
    ['better', { objects: 0.5, captions: 2, phrases: 0.9 }],
    ['worse by no more than the rules let pass', { objects: 0.2901, captions: 0.91, phrases: 0.49 }],
    ['unknown in one', { objects: null }],
  ])('lets pass what is %s', (_, version) => expect(judged(version)).toEqual([]))

  test.each([
    [{ objects: 0.28 }, /AP of objects: 0.2800, and 0.3000 of the current one/],
    [{ captions: 0.5 }, /CIDEr-D of brief captions: 0.5000/],
    [{ phrases: 0.4 }, /share of phrases grounded: 0.4000/],
    [{ failed: 3 }, /could not process 3 images/],
  ])('refuses %j, with the figures', (version, reason) =>
    expect(judged(version)).toEqual([expect.stringMatching(reason)]),
  )

  test('refuses what it knows too little about', () => {
    expect(judged({}, 19)).toEqual([expect.stringMatching(/19 held-out images are fewer than the 20/)])
    const nothing = measures({ objects: null, captions: null, phrases: null })
    expect(judgeGate({ version: nothing, against: nothing }, { rules, images: 100 })).toEqual([
      expect.stringMatching(/nothing could be measured/),
    ])
  })
})
