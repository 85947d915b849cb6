import { expect, test } from 'vitest'
import { churnOf } from '../../src/rounds/index.js'
import { verdictOf } from '../../src/run/round-history.js'

test('rounds stop where there is little left to change, or where they change no less than before', () => {
  const churn = (total: number) => ({ ...churnOf([]), total })
  expect(verdictOf(churn(0.019), null)).toBe('steady')
  expect(verdictOf(churn(0.3), null)).toBeNull()
  expect(verdictOf(churn(0.2), churn(0.3))).toBeNull()
  expect(verdictOf(churn(0.3), churn(0.3))).toBe('restless')
  expect(verdictOf(churn(0.01), churn(0.005))).toBe('steady')
})
