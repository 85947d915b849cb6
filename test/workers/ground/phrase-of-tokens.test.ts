import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type NamingTokens, phraseOfTokens } from '../../../workers/ground/phrase-of-tokens.js'
import type { Span } from '../../../workers/ground/word-piece-spans.js'

const caption = 'A man riding a horse on the beach, near two t-shirts. Café déjà vu?'

/** The phrase and score of tokens that lie on these pieces of a text, each with its probability. */
function phraseOf(
  text: string,
  pieces: Readonly<Record<string, number>>,
  { mode = 'noun-phrases', known = [] }: { mode?: NamingTokens['mode']; known?: readonly string[] } = {},
): readonly [string, number] | null {
  const spans = Object.keys(pieces).map((piece) => spanOf(text, piece))
  const tokens = Object.values(pieces).map((probability, token) => ({ token, probability }))
  const phrase = phraseOfTokens({ text, spans, tokens, mode, known: known.map((each) => spanOf(text, each)) })
  return phrase && [text.slice(phrase.start, phrase.end), phrase.score]
}

function spanOf(text: string, piece: string): Span {
  const start = text.indexOf(piece)
  expect(start).toBeGreaterThanOrEqual(0)
  return { start, end: start + piece.length }
}

describe('the phrase of a box', () => {
  it.each([
    ['takes in the determiner before its words', { man: 0.5 }, ['A man', 0.5]],
    ['is a run of neighbouring words', { A: 0.25, man: 0.75, riding: 0.5 }, ['A man riding', 0.5]],
    ['leaves out linking words at its edges', { on: 0.75, the: 0.5, beach: 0.75 }, ['the beach', 0.625]],
    ['leaves out a determiner at its end', { man: 0.75, riding: 0.25, 'a h': 0.5 }, ['A man riding', 0.5]],
    ['is the run of the most probable token', { man: 0.5, horse: 0.75 }, ['a horse', 0.75]],
    ['is the first of equals', { man: 0.5, horse: 0.5 }, ['A man', 0.5]],
    ['ends at punctuation', { beach: 0.75, ',': 0.75, near: 0.5 }, ['the beach', 0.75]],
    ['goes over a hyphen', { two: 0.5, 't-': 0.5, shirt: 0.5 }, ['two t-shirts', 0.5]],
    ['is whole words', { ors: 0.5 }, ['a horse', 0.5]],
    ['keeps accents', { Caf: 0.5, 'é d': 0.25 }, ['Café', 0.375]],
  ] as const)('%s', (_, pieces, phrase) => {
    expect(phraseOf(caption, pieces)).toEqual(phrase)
  })

  it('is nothing but the named words where that is asked for', () => {
    expect(phraseOf(caption, { man: 0.5, riding: 0.25 }, { mode: 'words' })).toEqual(['man riding', 0.375])
    expect(phraseOf(caption, { on: 0.5, the: 0.5 }, { mode: 'words' })).toEqual(['on the', 0.5])
  })

  it('is the shortest known phrase that has its best word', () => {
    const known = ['A man riding a horse', 'a horse on the beach', 'a horse']
    expect(phraseOf(caption, { horse: 0.5, man: 0.25 }, { known })).toEqual(['a horse', 0.5])
    expect(phraseOf(caption, { man: 0.5, horse: 0.25 }, { known })).toEqual(['A man riding a horse', 0.375])
    expect(phraseOf(caption, { beach: 0.5 }, { known: ['A man'] })).toEqual(['the beach', 0.5])
    expect(phraseOf(caption, { man: 0.5 }, { known: ['A man'], mode: 'words' })).toEqual(['man', 0.5])
  })

  it('is none where only articles, prepositions or punctuation are named', () => {
    expect(phraseOf(caption, { on: 0.9, the: 0.9, ',': 0.9 })).toBeNull()
    expect(phraseOf(caption, {})).toBeNull()
  })

  it('of a text without spaces is as long as its ideographs', () => {
    expect(phraseOf('一只猫在椅子上', { 猫: 0.5, 只: 0.5, 椅: 0.25 })).toEqual(['只猫', 0.5])
  })

  it('begins and ends with whole words and has the most probable of those named', () => {
    const text = fc.array(fc.constantFrom('a', 'man', 'on', 'Café', 'the', '.', '-', '猫', '🐕'), { maxLength: 20 })
    const probability = fc.double({ min: 0, max: 1, noNaN: true })
    const token = fc.record({ start: fc.nat(40), length: fc.nat(4), probability })
    const mode = fc.constantFrom('words' as const, 'noun-phrases' as const)
    fc.assert(
      fc.property(text, fc.array(token, { maxLength: 8 }), mode, (parts, named, mode) => {
        const whole = parts.join(' ')
        const spans = named.map(({ start, length }) => ({ start, end: Math.min(whole.length, start + length) }))
        const tokens = named.map(({ probability }, index) => ({ token: index, probability }))
        const phrase = phraseOfTokens({ text: whole, spans, tokens, mode, known: [] })
        if (phrase === null) return
        expect(whole.slice(phrase.start, phrase.end)).toMatch(/^[\p{L}\p{N}](?:.*[\p{L}\p{N}])?$/u)
        expect(`${whole[phrase.start - 1] ?? ' '}${whole[phrase.end] ?? ' '}`).toBe('  ')
        const inside = spans.map(({ start, end }) => start <= phrase.end && phrase.start <= end)
        const probabilities = named.filter((_, index) => inside[index]).map((each) => each.probability)
        expect(phrase.score).toBeLessThanOrEqual(Math.max(...probabilities) + 1e-9)
        expect(phrase.score).toBeGreaterThanOrEqual(Math.min(...probabilities) - 1e-9)
      }),
    )
  })
})
