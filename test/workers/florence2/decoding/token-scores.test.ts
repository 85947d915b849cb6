import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exponentialSum } from '../../../../workers/florence2/decoding/exponential-sum.js'
import { topTokens } from '../../../../workers/florence2/decoding/token-scores.js'

const logits = fc.array(fc.float({ min: -200, max: 200, noNaN: true }), { minLength: 1, maxLength: 300 })

function rowOf(values: readonly number[]) {
  return { values: Float32Array.from([99, ...values, 99]), start: 1, length: values.length }
}

function sumOf(values: readonly number[]) {
  return exponentialSum(Float32Array.from([99, ...values, 99]), 1, values.length)
}

describe('scores of the next token', () => {
  it('sums exponentials as Math.exp does', () => {
    fc.assert(
      fc.property(logits, (values) => {
        const max = Math.max(...values)
        expect(sumOf(values).max).toBe(max)
        const exact = max + Math.log(values.reduce((sum, value) => sum + Math.exp(value - max), 0))
        expect(Math.abs(sumOf(values).logSum - exact)).toBeLessThan(1e-5)
      }),
    )
  })

  it('over a vocabulary of likely tokens the sum stays exact', () => {
    const values = Array.from({ length: 51_289 }, (_, token) => Math.sin(token) * 20)
    const exact = 20 + Math.log(values.reduce((sum, value) => sum + Math.exp(Math.fround(value) - 20), 0))
    expect(Math.abs(sumOf(values).logSum - exact)).toBeLessThan(2e-6)
  })

  it('tokens that are ruled out count for nothing, NaN for everything', () => {
    expect(sumOf([0, Number.NEGATIVE_INFINITY, 0]).logSum).toBeCloseTo(Math.log(2), 6)
    expect(sumOf([0, Number.NaN, 0]).logSum).toBeNaN()
    expect(sumOf([...new Array<number>(9000).fill(1), Number.NaN]).logSum).toBeNaN()
  })

  it('finds the best tokens in order, equal ones by their id', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 60 }),
        fc.nat(12),
        (values, most) => {
          const count = most + 1
          const sorted = values
            .map((value, token) => ({ value, token }))
            .sort((a, b) => b.value - a.value || a.token - b.token)
          expect(topTokens(rowOf(values), count)).toEqual(sorted.slice(0, count).map(({ token }) => token))
        },
      ),
    )
  })
})
