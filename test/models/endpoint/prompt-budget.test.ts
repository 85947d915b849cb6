import fc from 'fast-check'
import { expect, test } from 'vitest'
import { estimateTokens, linesWithin } from '../../../src/models/endpoint/prompt-budget.js'

const line = (text: string) => ({ text })

test('four characters are a token', () => {
  expect(['', 'a', 'abcd', 'abcde'].map(estimateTokens)).toEqual([0, 1, 1, 2])
})

test('what does not fit is left out, what comes after it may fit', () => {
  const lines = ['abc', 'a'.repeat(399), 'de', 'f'].map(line)
  expect(linesWithin(lines, 2)).toEqual([line('abc'), line('de')])
  expect(linesWithin(lines, 0)).toEqual([])
  expect(linesWithin(lines, 1000)).toEqual(lines)
})

test('the lines together keep to the budget, in their order', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 60 })), fc.integer({ min: -5, max: 80 }), (texts, tokens) => {
      const lines = texts.map(line)
      const fitting = linesWithin(lines, tokens)
      expect(estimateTokens(fitting.map(({ text }) => `${text}\n`).join(''))).toBeLessThanOrEqual(Math.max(0, tokens))
      expect(lines.filter((one) => fitting.includes(one))).toEqual(fitting)
    }),
  )
})
