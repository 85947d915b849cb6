import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { saidWords, withoutNearDuplicates, wordsInCommon } from '../../../src/consensus/texts/near-duplicates.js'

function inCommon(a: string, b: string): number {
  return wordsInCommon(saidWords(a), saidWords(b))
}

describe('words in common', () => {
  it.each([
    ['A dog on a sofa.', 'The dog is on the sofa', 1],
    ['a man riding a horse', 'A man riding a brown horse.', 0.875],
    ['A dog.', 'A cat.', 0],
    ['A dog.', 'A dog on a red sofa.', 0.625],
    ['!', '?', 0],
    // Shares of the pairs of neighbours, of those in either and of those in the shorter one.
    ['A man bites a dog in the street.', 'A dog bites the man in the street.', (1 / 7 + 1 / 4) / 2],
    ['A dog on a sofa and a cat on a bed.', 'A dog on a bed and a cat on a sofa.', (5 / 7 + 5 / 6) / 2],
  ])('%j and %j: %d', (a, b, share) => expect(inCommon(a, b)).toBeCloseTo(share, 12))

  it('is the same both ways, a share, and whole for a text and itself', () => {
    const text = fc
      .array(fc.constantFrom('a', 'dog', 'on', 'Sofa', 'zwei', '猫'), { minLength: 1 })
      .map((w) => w.join(' '))
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(inCommon(a, b)).toBe(inCommon(b, a))
        expect(inCommon(a, b)).toBeLessThanOrEqual(1)
        expect(inCommon(a, b)).toBeGreaterThanOrEqual(0)
        if (saidWords(a).distinct.size > 0) expect(inCommon(a, a)).toBe(1)
      }),
    )
  })
})

describe('near-duplicates', () => {
  it('go to the nearest of the better texts, and leave no two that are near', () => {
    const texts = [
      'A man riding a brown horse.',
      'Two dogs on a sofa.',
      'The man is riding a brown horse',
      'Two dogs on the sofa!',
    ]
    const { kept, duplicates } = withoutNearDuplicates(
      texts.map((text) => ({ text })),
      0.85,
    )
    expect(kept.map(({ text }) => text)).toEqual(texts.slice(0, 2))
    expect(duplicates.map(({ text, kept: better, in_common }) => [text.text, better.text, in_common])).toEqual([
      [texts[2], texts[0], 1],
      [texts[3], texts[1], 1],
    ])
  })
})
