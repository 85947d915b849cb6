import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consensusConfigSchema } from '../../schemas/consensus-config.js'
import type { Observation } from '../../schemas/observation.js'
import { observePhrases } from '../../src/consensus/phrases/observed-phrases.js'
import { placeOfPhrase, spanFault } from '../../src/consensus/phrases/phrase-place.js'
import { image, source } from './sources.js'

const config = consensusConfigSchema.parse({})

function placed(text: string, phrase: string): string {
  const start = text.indexOf(phrase)
  const place = placeOfPhrase(text, { start, end: start + phrase.length })
  return text.slice(place.start, place.end)
}

describe('the place of a phrase', () => {
  it.each([
    ['A small dog runs on the beach.', 'small dog', 'A small dog'],
    ['A small dog runs on the beach.', ' small dog ', 'A small dog'],
    ['A small dog runs on the beach.', 'the beach.', 'the beach'],
    ['She waters her flowers.', 'flowers', 'her flowers'],
    ['A man with a hat', 'hat', 'a hat'],
    // A part of a noun phrase is a phrase of its own.
    ['A small dog runs on the beach.', 'dog', 'dog'],
    // No noun phrase of the parser.
    ['The word “EXIT” in red', 'word “EXIT”', 'The word “EXIT”'],
    ['Panda eats', 'Panda eats', 'Panda eats'],
    ['...', '.', '.'],
  ])('of "%s": "%s" is "%s"', (text, phrase, expected) => {
    expect(placed(text, phrase)).toBe(expected)
  })

  it('is its own place', () => {
    const words = fc.constantFrom('a', 'the', 'dog', 'small', 'on', 'cat', '.', '🐈', 'her', 'é', ',', 'runs')
    const text = fc.array(words, { minLength: 1, maxLength: 9 }).map((each) => each.join(' '))
    fc.assert(
      fc.property(text, fc.nat({ max: 40 }), fc.nat({ max: 40 }), (said, start, end) => {
        fc.pre(spanFault(said, { start, end }) === null)
        const place = placeOfPhrase(said, { start, end })
        expect(spanFault(said, place)).toBeNull()
        expect(placeOfPhrase(said, place)).toEqual(place)
      }),
      { numRuns: 500 },
    )
  })

  it('cuts no character in two', () => {
    expect(spanFault('a 🐈', { start: 0, end: 3 })).toMatchObject({ reason: 'span_cuts_character' })
    expect(spanFault('a 🐈', { start: 3, end: 4 })).toMatchObject({ reason: 'span_cuts_character' })
    expect(spanFault('a 🐈', { start: 2, end: 4 })).toBeNull()
  })
})

describe('what grounding models said', () => {
  it('stands between the bounds of a phrase of its text or is rejected, whatever was said', () => {
    const pieces = fc.constantFrom(
      'a dog',
      'the sky',
      ' ',
      '\n',
      '🐈',
      '\u0301',
      'Ｅ',
      '猫',
      '.',
      '“EXIT”',
      'ﬁ',
      '\ud83d',
    )
    const text = fc.oneof(
      fc.array(pieces, { minLength: 1, maxLength: 7 }).map((each) => each.join('')),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
    )
    const bound = fc.oneof(fc.nat({ max: 24 }), fc.constantFrom(-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e9))
    const said = fc.record({ text, spans: fc.array(fc.tuple(bound, bound), { minLength: 1, maxLength: 8 }) })
    fc.assert(
      fc.property(said, ({ text: words, spans }) => {
        const found = spans.map(([start, end]): Observation => {
          const box = [10, 10, 110, 110] as const
          return { kind: 'grounded_phrase', text: words, start, end, score: 0.9, box_score: 0.9, box }
        })
        const sources = [source('dino', found)]
        const { phrases, rejects } = observePhrases({ image, sources, texts: [{ text: words }], config })
        for (const { place, seen } of phrases) {
          const phrase = words.slice(place.start, place.end)
          for (const { label } of seen) expect(label).toBe(phrase)
          expect(spanFault(words, place)).toBeNull()
        }
        expect(phrases.flatMap(({ seen }) => seen)).toHaveLength(spans.length - rejects.length)
      }),
      { numRuns: 400 },
    )
  })
})
