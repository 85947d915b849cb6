import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseText } from '../../../src/consensus/index.js'

function phrases(text: string): string[] {
  return parseText(text).phrases.map(({ phrase }) => phrase)
}

function labels(text: string): (string | null)[] {
  return parseText(text).phrases.map(({ label }) => label)
}

function expectExactSpans(text: string): void {
  let end = 0
  for (const phrase of parseText(text).phrases) {
    expect(text.slice(phrase.start, phrase.end)).toBe(phrase.phrase)
    expect(phrase.phrase.trim()).toBe(phrase.phrase)
    expect(phrase.phrase).not.toBe('')
    expect(phrase.start).toBeGreaterThanOrEqual(end)
    end = phrase.end
  }
}

describe('noun phrases', () => {
  it('keep determiners and possessives, as Florence-2 answers them', () => {
    expect(phrases('A green car parked in front of a yellow building.')).toEqual(['A green car', 'a yellow building'])
    expect(phrases('his dog chews on the boy’s shoe')).toEqual(['his dog', 'the boy', 'shoe'])
  })

  it('hold qualities joined by and or commas, participles and compounds', () => {
    expect(phrases('a blue and white cup')).toEqual(['a blue and white cup'])
    expect(phrases('a big, red barn near a snow covered hill')).toEqual(['a big, red barn', 'a snow covered hill'])
    expect(phrases('a yellow fire hydrant')).toEqual(['a yellow fire hydrant'])
  })

  it('are things: no measures, places, times, games, colours, pronouns', () => {
    expect(phrases('A large group of people at night')).toEqual(['people'])
    expect(phrases('two slices of pizza and a bunch of bananas')).toEqual(['pizza', 'bananas'])
    expect(phrases('a lamp in the background on the left side of a bed')).toEqual(['a lamp', 'a bed'])
    expect(phrases('A close up of a clock')).toEqual(['a clock'])
    expect(phrases('He is playing baseball in orange')).toEqual([])
    expect(phrases('a glass of milk')).toEqual(['a glass', 'milk'])
  })

  it.each([
    ['A match on a table', ['A match', 'a table']],
    ['A spring on the floor', ['A spring', 'the floor']],
    ['A word on a sign', ['A word', 'a sign']],
    ['Flowers in the spring', ['Flowers']],
    ['Two men during a match', ['Two men']],
    ['a crowd watching a match', ['a crowd']],
    ['a tennis match in spring', []],
    ['An overview of traffic', ['traffic']],
    ['a photo on the wall', ['a photo', 'the wall']],
    ['Its wings spread wide', ['Its wings']],
  ])('%s: %j', (text, expected) => expect(phrases(text)).toEqual(expected))

  it('have exact places whatever the spaces, marks and letters', () => {
    expect(parseText('  A\u00a0“big”\n dog 😀, cafe\u0301 tables').phrases).toMatchObject([
      { phrase: 'A\u00a0“big”\n dog', start: 2, head: 'dog', label: 'dog' },
      { phrase: 'cafe\u0301 tables', end: 31, head: 'table' },
    ])
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), expectExactSpans), { numRuns: 150 })
  })

  it('have exact places in sentences of any make', () => {
    const words = [
      'a',
      'the',
      'two',
      'Red',
      "dog's",
      'T-shirt',
      'stop sign',
      'of',
      'and',
      ',',
      'parked',
      'standing',
      'its',
    ]
    const pieces = fc.constantFrom(
      ...words,
      'skis',
      'CAN',
      '🐕‍🦺',
      'е́',
      '\ud800',
      '\n',
      '"',
      "isn't",
      '4.5',
      'U.S.',
      '—',
      'ﬁsh',
      '狗',
    )
    const spaces = fc.constantFrom('', ' ', '  ', '\t', '\u2009')
    const sentence = fc.array(fc.tuple(pieces, spaces), { maxLength: 25 }).map((parts) => parts.flat().join(''))
    fc.assert(fc.property(sentence, expectExactSpans), { numRuns: 200 })
  })

  it('are the same in capitals', () => {
    const text = 'Two men and a horse near a traffic light on a street'
    expect(labels(text.toUpperCase())).toEqual(labels(text))
    expect(parseText(text.toUpperCase()).proper_nouns).toEqual([])
  })
})

describe('labels of phrases', () => {
  it.each([
    ['a stuffed teddy bear', 'teddy bear'],
    ['three wine glasses', 'wine glass'],
    ['an old dining table', 'dining table'],
    ['a tennis player', 'tennis player'],
    ['his glasses', 'glasses'],
    ['A DOUGHNUT', 'donut'],
    ['the wug', null],
  ])('of %s', (text, expected) => {
    expect(labels(text)).toEqual([expected])
  })

  it('of containers are narrower by what is in them', () => {
    expect(labels('two glasses of wine')).toEqual(['wine glass', 'wine'])
  })

  it.each([
    'a dog house',
    'a bus stop',
    'a car door',
    'a flower bed',
    'a rocking horse',
    'a stuffed elephant',
    'cow bells',
  ])('of %s go by its head', (text) => {
    const names = ['dog', 'bus', 'car', 'bed', 'horse', 'elephant', 'cow']
    expect(names).not.toContain(labels(text)[0])
  })

  it('follow the sport that a text speaks of', () => {
    expect(labels('She plays tennis with a new racquet')).toEqual(['tennis racket'])
    expect(labels('a baseball player with a glove')).toEqual(['baseball player', 'baseball glove'])
  })
})

describe('tags that a tagger gets wrong on captions', () => {
  it.each([
    ['a toaster and sink', ['sink', 'toaster'], []],
    ['a pair of skis', ['ski'], []],
    ['A woman wearing skis', ['ski', 'woman'], ['wear']],
    ['A kitchen sink with a mirror', ['mirror', 'sink'], []],
    ['a plate next to book and fork', ['book', 'fork', 'plate'], []],
    ['a boy skis past a bench', ['bench', 'boy'], ['ski']],
    ['A shaggy sheep grazes near a bush', ['bush', 'sheep'], ['graze']],
    ['The cat watches a bird', ['bird', 'cat'], ['watch']],
    ['People on the beach fly kites', ['beach', 'kite', 'people'], ['fly']],
    ['a can of paint', ['can', 'paint'], []],
    ['Bowls of fruit', ['bowl', 'fruit'], []],
    ['A parked car and a car parked outside', ['car'], ['park']],
    ['a painting of a man painting a wall', ['man', 'painting', 'wall'], ['paint']],
    ["the dog's sleeping on the dog's bed", ['bed', 'dog'], ['sleep']],
  ])('%s', (text, objects, actions) => {
    expect(parseText(text)).toMatchObject({ objects, actions })
  })
})

describe('what is said', () => {
  it('is counted as attributes, actions and names', () => {
    const parsed = parseText('Two small dogs are chasing a red ball near Anna and a Nikon camera. The ball is wet.')
    expect(parsed.objects).toEqual(['anna', 'ball', 'camera', 'dog'])
    expect(parsed.attributes).toEqual(['two', 'small', 'red', 'wet'])
    expect(parsed.actions).toEqual(['chase'])
    expect(parsed.proper_nouns).toEqual(['Anna', 'Nikon'])
  })

  it('takes a name as a whole, and no part of it for a quality', () => {
    const parsed = parseText('People look at the Eiffel Tower from a wide bridge near the river.')
    expect(parsed.proper_nouns).toEqual(['Eiffel Tower'])
    expect(parsed.attributes).toEqual(['wide'])
    expect(parseText('A man in a white Nike T-shirt and a hat').proper_nouns).toEqual(['Nike'])
  })

  it('knows the verb of a participle', () => {
    const text = 'a man riding, sitting, standing, using, grazing, lying, running, cutting and rolling'
    const verbs = ['ride', 'sit', 'stand', 'use', 'graze', 'lie', 'run', 'cut', 'roll']
    expect(parseText(text).actions).toEqual(verbs)
  })

  it('is complex by degree', () => {
    expect(parseText('a dog')).toMatchObject({ object_complexity: 1, action_complexity: 0 })
    expect(parseText('a big brown dog')).toMatchObject({ object_complexity: 3, action_complexity: 0 })
    // dog: a, big, its verb. chases: subject, object, quickly, through the park hangs on the cat.
    expect(parseText('a big dog quickly chases a cat through the park')).toMatchObject({
      object_complexity: 3,
      action_complexity: 3,
    })
    expect(parseText('')).toMatchObject({ phrases: [], objects: [], object_complexity: 0, action_complexity: 0 })
  })

  it('is not less complex when a modifier is added', () => {
    const modifiers = fc.subarray(['big', 'old', 'red', 'wooden'])
    fc.assert(
      fc.property(modifiers, fc.constantFrom('chair', 'boat', 'table'), (qualities, noun) => {
        const said = parseText(['a', ...qualities, noun].join(' '))
        expect(said.object_complexity).toBe(1 + qualities.length)
        expect(said.attributes).toEqual(qualities)
      }),
    )
  })
})
