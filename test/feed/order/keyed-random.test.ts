import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyedFraction, permutation, xoshiro128StarStar } from '../../../src/feed/order/keyed-random.js'

test('xoshiro128** says what the reference implementation says', () => {
  const next = xoshiro128StarStar([1, 2, 3, 4])
  // Of xoshiro128starstar.c, version 1.1, with this state.
  expect(Array.from({ length: 10 }, next)).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ])
})

test('a permutation has every index once, whatever its length and key', () => {
  fc.assert(
    fc.property(fc.nat(300), fc.integer(), fc.string(), (length, number, text) => {
      const order = permutation(length, [text, number])
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, index) => index))
    }),
  )
})

test('a permutation is what it was: another order would make every kept cursor lie', () => {
  // Reckoned by a second implementation, in Python.
  expect([...permutation(12, ['shards', 0, 0])]).toEqual([6, 1, 9, 7, 2, 5, 10, 11, 0, 4, 3, 8])
  expect([...permutation(12, ['shards', 0, 1])]).toEqual([11, 4, 5, 3, 6, 7, 9, 0, 10, 2, 1, 8])
  expect([...permutation(12, ['shards', 1, 0])]).toEqual([0, 4, 11, 7, 8, 9, 1, 5, 3, 6, 10, 2])
})

test('every permutation is as likely as the others', () => {
  const seen = new Map<string, number>()
  for (let draw = 0; draw < 6_000; draw++) {
    const order = permutation(3, ['even', draw]).join('')
    seen.set(order, (seen.get(order) ?? 0) + 1)
  }
  expect(seen.size).toBe(6)
  // Each 1,000 times on average, with a standard deviation of 29: the keys are fixed, so this never sways.
  for (const count of seen.values()) expect(Math.abs(count - 1_000)).toBeLessThan(120)
})

test('fractions are spread over [0, 1)', () => {
  const fractions = Array.from({ length: 4_000 }, (_, index) => keyedFraction(['spread', index]))
  for (let tenth = 0; tenth < 10; tenth++) {
    const within = fractions.filter((value) => value >= tenth / 10 && value < (tenth + 1) / 10)
    expect(Math.abs(within.length - 400)).toBeLessThan(80)
  }
})
