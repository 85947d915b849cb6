import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partSimilarity, readingKey, readingSimilarity } from '../../src/consensus/regions/reading-similarity.js'

describe('readings', () => {
  it.each([
    ['STOP', 'stop'],
    ['ST OP', 'Stop!'],
    ['ＳＴＯＰ', 'stop'],
    ['Cafe\u0301', 'CAFÉ'],
    ['ﬁre', 'FIRE'],
    ['O’Neill’s', "O'Neills"],
    ['—>', '— >'],
  ])('%s and %s are the same', (a, b) => {
    expect(readingKey(a)).toBe(readingKey(b))
  })

  it.each([
    ['STOP', 'SHOP'],
    ['Cafe', 'Café'],
    ['25', '2.6'],
    ['—>', '<—'],
    ['猫', '犬'],
  ])('%s and %s are not', (a, b) => {
    expect(readingKey(a)).not.toBe(readingKey(b))
  })

  it('are as near as the letters that differ', () => {
    expect(readingSimilarity('stop', 'st0p')).toBe(0.75)
    expect(readingSimilarity('speedlimit', 'speedlimlt')).toBeCloseTo(0.9, 12)
    expect(readingSimilarity('', '')).toBe(1)
    expect(readingSimilarity('a', '')).toBe(0)
  })
})

describe('a part of a reading', () => {
  it('is found wherever it stands', () => {
    expect(partSimilarity('limit', 'speedlimit25')).toBe(1)
    expect(partSimilarity('llmit', 'speedlimit25')).toBeCloseTo(0.8, 12)
    expect(partSimilarity('limits', 'limit')).toBeCloseTo(5 / 6, 12)
    expect(partSimilarity('xyz', 'speedlimit25')).toBe(0)
    expect(partSimilarity('', 'speed')).toBe(0)
  })

  it('is as near as the nearest of all stretches', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(word, word, (part, whole) => {
        const stretches = Array.from({ length: whole.length + 1 }, (_, start) =>
          Array.from({ length: whole.length - start + 1 }, (_, size) => whole.slice(start, start + size)),
        ).flat()
        const edits = stretches.map((each) => {
          const longer = Math.max(part.length, each.length)
          return Math.round((1 - readingSimilarity(part, each)) * longer)
        })
        expect(partSimilarity(part, whole)).toBeCloseTo(1 - Math.min(...edits) / part.length, 12)
      }),
    )
  })
})
