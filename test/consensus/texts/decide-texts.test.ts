import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ConsensusConfig, consensusConfigSchema } from '../../../schemas/consensus-config.js'
import { type CaptionObservation, granularities, type Observation } from '../../../schemas/observation.js'
import type { Source } from '../../../src/consensus/index.js'
import type { DecidedRegion } from '../../../src/consensus/regions/decide-regions.js'
import { agreedText, decideTexts } from '../../../src/consensus/texts/decide-texts.js'
import { image, object, source } from '../sources.js'

const defaults = consensusConfigSchema.parse({})

function caption(text: string, rest: Partial<CaptionObservation> = {}): CaptionObservation {
  return { kind: 'caption', granularity: 'brief', text, score: 0.5, phrases: [], ...rest }
}

function writer(
  annotator: string,
  texts: readonly (string | CaptionObservation)[],
  rest: Partial<Source> = {},
): Source {
  const observations = texts.map((text) => (typeof text === 'string' ? caption(text) : text))
  return source(annotator, observations, { vocabulary: null, ...rest })
}

function measured(similarities: Readonly<Record<string, number>>, annotator = 'siglip'): Source {
  const observations = Object.entries(similarities).map(
    ([text, score]): Observation => ({ kind: 'similarity', region_id: null, text, score, cosine: score }),
  )
  return source(annotator, observations, { vocabulary: null })
}

function decide(
  sources: readonly Source[],
  config: Partial<ConsensusConfig> = {},
  regions: readonly DecidedRegion[] | null = [],
) {
  return decideTexts({ image, sources, config: { ...defaults, ...config }, regions })
}

function reasons(...texts: (string | CaptionObservation)[]) {
  return decide([writer('a', texts)]).rejects.map(({ reason, rule }) => [reason, rule])
}

describe('what is no text about an image', () => {
  it.each([
    ['  ', 'empty_text', 'valid_text'],
    ['A dog on a sofa. '.repeat(400), 'over_long', 'max_text_characters'],
    ["I'm sorry, I can't describe this image.", 'refusal', 'text_refusal'],
    ['As an AI language model, I see a dog.', 'refusal', 'text_refusal'],
    ['IMG_2034.jpg', 'no_content', 'text_boilerplate'],
    ['buy now', 'no_content', 'text_boilerplate'],
    ['untitled', 'no_content', 'text_boilerplate'],
    ['A dog and a dog and a dog and a dog and a dog.', 'repetition', 'max_repetition'],
    ['Ein brauner Hund läuft über eine grüne Wiese.', 'wrong_language', 'text_languages'],
    ['menu', 'too_simple', 'min_object_complexity'],
  ])('%j is rejected: %s', (text, reason, rule) => expect(reasons(text)).toEqual([[reason, rule]]))

  it('is rejected with who said it, what was said, and the values that failed', () => {
    const names = ['a dog', 'a cat', 'a cup', 'a car', 'a bus', 'a tree', 'a man', 'a hat', 'a bed', 'a book', 'a kite']
    const list = [...names, 'a boat', 'a horse', 'a sheep', 'a cow'].join(', ')
    const said = [writer('b', [list]), writer('a', [caption(list, { score: 0.7 })])]
    expect(decide(said).rejects).toEqual([
      {
        ...{ kind: 'text', stage: 'consensus', reason: 'too_many_objects', rule: 'max_objects' },
        ...{ support: ['a', 'b'], votes: 2, score: 0.7, failed: { objects: 15, highest: 12 } },
        payload: {
          observations: [
            { annotator: 'a', ...caption(list, { score: 0.7 }) },
            { annotator: 'b', ...caption(list) },
          ],
        },
      },
    ])
    expect(decide(said, { max_objects: { ...defaults.max_objects, brief: 15 } }).texts).toHaveLength(1)
  })

  it('may be in another language where that is allowed, and is then not judged by a parser of English', () => {
    const german = 'Ein brauner Hund läuft über eine grüne Wiese.'
    const [text] = decide([writer('a', [german])], { text_languages: ['en', 'de'] }).texts
    expect(text).toMatchObject({ text: german, parsed: null, labels: null, noun_phrases: [], unsupported_labels: null })
    expect(decide([writer('a', [german])], { text_languages: [] }).texts).toHaveLength(1)
  })

  it('has too little action only where some is asked for', () => {
    const config = { min_action_complexity: { ...defaults.min_action_complexity, brief: 1 } }
    const said = [writer('a', ['A dog on a sofa.', 'A cat jumps over a fence.'])]
    expect(decide(said, config).texts.map(({ text }) => text)).toEqual(['A cat jumps over a fence.'])
    expect(decide(said, config).rejects).toMatchObject([{ reason: 'too_simple', rule: 'min_action_complexity' }])
    expect(decide(said).texts).toHaveLength(2)
  })
})

describe('what is borne out', () => {
  const detector = source('yolox', [], { vocabulary: ['cat', 'dog'] })

  it('is asked of models and alternative texts in the final decision only', () => {
    const said = [detector, writer('a', ['A cat on a roof.'])]
    const final = decide(said)
    expect(final.texts).toEqual([])
    expect(final.rejects).toMatchObject([{ reason: 'unsupported_objects', failed: { unsupported: ['cat'] } }])
    expect(decide(said, {}, null).texts).toMatchObject([{ labels: ['cat'], unsupported_labels: null }])
  })

  it('is recorded of people', () => {
    const said = [detector, writer('source_captions', ['A cat on a roof.'], { human: true })]
    expect(decide(said).texts).toMatchObject([{ score: 1, labels: ['cat'], unsupported_labels: ['cat'] }])
  })

  it('may be the similarity to the image', () => {
    const said = [detector, writer('a', ['A cat on a roof.']), measured({ 'A cat on a roof.': 0.6 })]
    expect(decide(said).texts).toMatchObject([{ similarity: 0.6, unsupported_labels: ['cat'] }])
  })
})

describe('the order of texts', () => {
  it('is by similarity, then families, then score; by one annotator of similarity, the one that measured most', () => {
    const texts = ['A dog on a sofa.', 'A man in a boat.', 'A red car in a street.', 'A kite in the sky.']
    const [dog = '', man = '', car = '', kite = ''] = texts
    const sources = [
      writer('a', [dog, man, caption(car, { score: 0.9 }), caption(kite, { score: 0.1 })]),
      writer('b', [caption(kite, { score: 0.1 })]),
      measured({ [dog]: 0.2, [man]: 0.3 }),
      measured({ [car]: 0.9 }, 'clip'),
    ]
    const ranked = decide(sources).texts
    expect(ranked.map(({ text, similarity }) => [text, similarity])).toEqual([
      [man, 0.3],
      [dog, 0.2],
      [kite, null],
      [car, null],
    ])
    expect(ranked.map(({ text_id }) => text_id)).toEqual([0, 1, 2, 3].map((rank) => `${image.image_id}/brief${rank}`))
  })

  it('is people, then what is borne out, then a web page before a model, where nobody measured', () => {
    const detector = source('yolox', [object('dog', 0.9, [10, 10, 90, 90]), object('cat', 0.9, [200, 10, 290, 90])])
    const person = writer('source_captions', ['Zebra stripes on a wooden wall.'], {
      human: true,
      family: 'human_captions',
    })
    const web = writer('alt_text', ['Colourful walls of an old town', 'Our dog in a garden'], { family: 'web' })
    const model = writer('composer', ['A dog and a cat on a lawn.', 'An old town by the sea.'])
    const ranked = ['Zebra stripes on a wooden wall.', 'Our dog in a garden', 'A dog and a cat on a lawn.']
    ranked.push('Colourful walls of an old town', 'An old town by the sea.')
    expect(decide([detector, model, web, person]).texts.map(({ text }) => text)).toEqual(ranked)
  })

  it('is, of texts by one writer, the one first of which more is borne out', () => {
    const detector = source('yolox', [object('dog', 0.9, [10, 10, 90, 90]), object('cat', 0.9, [200, 10, 290, 90])])
    const people = writer('source_captions', ['A big dog on a lawn.', 'The cat sits beside a dog.'], { human: true })
    expect(decide([detector, people]).texts[0]?.text).toBe('The cat sits beside a dog.')
  })

  it('decides which near-duplicate stays; its support grows, its writers do not', () => {
    const sources = [
      writer('a', ['A dog lies on a red sofa.']),
      writer('b', [caption('The dog lies on the red sofa', { score: 0.9 })]),
      writer('c', ['A kite in the sky.']),
    ]
    const { texts, rejects } = decide(sources)
    expect(texts).toMatchObject([
      { text: 'The dog lies on the red sofa', support: ['a', 'b'], families: ['a', 'b'], writers: ['b'] },
      { text: 'A kite in the sky.', writers: ['c'] },
    ])
    expect(rejects).toMatchObject([
      {
        reason: 'near_duplicate',
        support: ['a'],
        failed: { in_common: 1, kept: `${image.image_id}/brief0`, kept_text: 'The dog lies on the red sofa' },
      },
    ])
  })

  it('lets what a person wrote stand for what a machine says nearly the same, however near to the image that is', () => {
    const [told, own] = ['A dog lies on a red sofa.', 'The dog lies on the red sofa']
    const sources = [
      writer('a', [told]),
      writer('person', [own], { human: true }),
      measured({ [told]: 0.9, [own]: 0.1 }),
    ]
    expect(decide(sources).texts).toMatchObject([{ text: own, support: ['a', 'person'], writers: ['person'] }])
    expect(decide(sources).rejects).toMatchObject([{ reason: 'near_duplicate', failed: { kept_text: own } }])
  })

  it('keeps both of two texts with the same words in another order', () => {
    const texts = ['A man bites a dog in the street.', 'A dog bites the man in the street.']
    expect(decide([writer('a', texts)])).toMatchObject({ texts: [{}, {}], rejects: [] })
  })

  it('names no text by id that is beyond the number to keep', () => {
    const [best, near, nearer] = ['A kite in the sky.', 'A dog lies on a red sofa.', 'The dog lies on the red sofa']
    const most = { texts_per_granularity: { ...defaults.texts_per_granularity, brief: 1 } }
    const said = [writer('a', [best, near, nearer]), measured({ [best]: 0.9, [near]: 0.5, [nearer]: 0.4 })]
    const { texts, rejects } = decide(said, most)
    expect(texts.map(({ text }) => text)).toEqual([best])
    expect(rejects).toMatchObject([
      { reason: 'near_duplicate', failed: { kept: null, kept_text: near } },
      { reason: 'over_limit', failed: { rank: 1, most: 1 } },
    ])
  })

  it('keeps as many as are asked for in the final decision', () => {
    const texts = ['A dog on a sofa.', 'A man in a boat.', 'A red car in a street.']
    const most = { texts_per_granularity: { ...defaults.texts_per_granularity, brief: 2 } }
    const said = [writer('a', texts), measured({ 'A red car in a street.': 0.1, 'A man in a boat.': 0.05 })]
    expect(decide(said, most).texts.map(({ text }) => text)).toEqual([texts[2], texts[1]])
    expect(decide(said, most).rejects).toMatchObject([{ reason: 'over_limit', failed: { rank: 2, most: 2 } }])
    expect(decide(said, most, null).texts).toHaveLength(3)
  })
})

describe('phrases of a text as later stages are asked for them', () => {
  it("are the captioner's, with the parser's where it named nothing", () => {
    const text = 'A brown dog runs after a spotted cat.'
    const named = [{ start: 2, end: 11, region_ids: ['r1'] }]
    const [decided] = decide([writer('a', [caption(text, { phrases: named })])]).texts
    expect(decided?.phrases).toEqual(named)
    expect(decided?.noun_phrases).toHaveLength(2)
    const phrases = decided === undefined ? [] : agreedText(decided).phrases
    expect(phrases.map(({ start, end, region_ids }) => [text.slice(start, end), region_ids])).toEqual([
      ['brown dog', ['r1']],
      ['a spotted cat', []],
    ])
  })
})

describe('whatever the texts', () => {
  const words = fc.array(
    fc.constantFrom('a', 'dog', 'cat', 'on', 'red', 'sofa', 'runs', 'the', 'zwei', '猫', '🐈', 'IMG_1.jpg', ' ', '.'),
    { maxLength: 12 },
  )
  const captions = fc.record({
    kind: fc.constant('caption' as const),
    granularity: fc.constantFrom(...granularities),
    text: fc.oneof(
      words.map((each) => each.join(' ')),
      fc.string({ unit: 'grapheme' }),
    ),
    score: fc.double({ min: 0, max: 1, noNaN: true }),
    phrases: fc.constant<CaptionObservation['phrases']>([]),
  })

  it('each is a text or a reject, once, the order of sources does not matter, and spans are exact', () => {
    fc.assert(
      fc.property(fc.array(fc.array(captions, { maxLength: 5 }), { maxLength: 4 }), (said) => {
        const sources = said.map((texts, index) => writer(`writer-${index}`, texts))
        const { texts, rejects } = decide(sources)
        expect(decide([...sources].reverse())).toEqual({ texts, rejects })
        const written = new Set(said.flat().map(({ granularity, text }) => JSON.stringify([granularity, text])))
        expect(texts.length + rejects.length).toBe(written.size)
        expect(new Set(texts.map(({ text_id }) => text_id)).size).toBe(texts.length)
        for (const text of texts) {
          expect(text.support).toEqual(expect.arrayContaining([...text.writers]))
          const phrases = agreedText(text).phrases.map(({ start, end }) => text.text.slice(start, end))
          for (const phrase of phrases) expect(phrase).not.toBe('')
          for (const { start, end, phrase } of text.noun_phrases) expect(text.text.slice(start, end)).toBe(phrase)
        }
      }),
      { numRuns: 150 },
    )
  })
})
