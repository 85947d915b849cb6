import { describe, expect, test } from 'vitest'
import { type GateImages, type GateMeasures, gateRulesSchema } from '../../schemas/gate.js'
import type { Observation } from '../../schemas/observation.js'
import { ciderD } from '../../src/rounds/gate/cider.js'
import { imagesMeasured, judgeGate, measureCheckpoint } from '../../src/rounds/index.js'

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

  test('is what the published scorer of CIDEr-D says', () => {
    const pairs = [
      {
        candidate: 'a man riding a wave on top of a surfboard',
        references: ['a man rides a wave on a surfboard', 'a surfer on a large wave in the ocean'],
      },
      {
        candidate: 'two dogs playing with a ball in the grass',
        references: ['two dogs are playing in the grass with a ball', 'dogs chase a red ball'],
      },
      {
        candidate: 'a red bus parked on the street',
        references: ['a red double decker bus driving down a street', 'a bus on a city street'],
      },
      {
        candidate: 'a plate of food on a table',
        references: ['a pizza on a wooden table', 'a plate with pizza and a fork on a table'],
      },
    ]
    // ciderD_scorer.py of github.com/vrama91/cider over these very strings (df_mode "corpus").
    expect(ciderD(pairs)).toBeCloseTo(1.79182718, 7)
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
    { image_id: 'c', boxes: null, captions: [], phrases: [] },
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
      // Better than the hit on the first image: a miss, if anybody had looked for people there.
      ['c', { observations: [{ kind: 'object', label: 'person', score: 0.95, box }], failure: null }],
    ]),
  )
  expect(imagesMeasured(images)).toEqual({ objects: 2, captions: 2, phrases: 1 })
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
  const on = (rest: Partial<GateImages>): GateImages => ({ objects: 100, captions: 100, phrases: 100, ...rest })
  const judged = (version: Partial<GateMeasures>, images: Partial<GateImages> = {}) =>
    judgeGate({ version: measures(version), against: measures({}), measured_on: on(images) }, rules)

  test.each([
    ['the same', {}],
    ['better', { objects: 0.5, captions: 2, phrases: 0.9 }],
    ['worse by no more than the rules let pass', { objects: 0.2901, captions: 0.91, phrases: 0.49 }],
    ['unknown in one', { objects: null }],
  ])('lets pass what is %s', (_, version) => expect(judged(version)).toEqual([]))

  test.each([
    [{ objects: 0.28 }, /AP of objects: 0.2800, and 0.3000 of the other/],
    [{ captions: 0.5 }, /CIDEr-D of brief captions: 0.5000/],
    [{ phrases: 0.4 }, /share of phrases grounded: 0.4000/],
    [{ failed: 3 }, /could not process 3 images/],
  ])('refuses %j, with the figures', (version, reason) =>
    expect(judged(version)).toEqual([expect.stringMatching(reason)]),
  )

  test('lets a measure that stands on few images decide nothing', () => {
    expect(judged({ objects: 0, captions: 0.5 }, { objects: 19 })).toEqual([
      expect.stringMatching(/CIDEr-D of brief captions/),
    ])
  })

  test('refuses what it knows too little about', () => {
    expect(judged({}, { objects: 19, captions: 0, phrases: 3 })).toEqual([
      'too few held-out images: AP of objects on 19, CIDEr-D of brief captions on 0, share of phrases grounded on 3, and 20 are asked for (about 2 images in 100 are held out; --set gate.min_images=n asks for fewer)',
    ])
    const bottom = measures({ objects: 0, captions: 0, phrases: null })
    expect(judgeGate({ version: bottom, against: bottom, measured_on: on({}) }, rules)).toEqual([
      'both are 0 in AP of objects, CIDEr-D of brief captions: these images cannot tell them apart',
    ])
    const nothing = measures({ objects: null, captions: null, phrases: null })
    expect(judgeGate({ version: nothing, against: nothing, measured_on: on({}) }, rules)).toEqual([
      expect.stringMatching(/nothing could be measured/),
    ])
  })
})
