import { expect, test } from 'vitest'
import { churnOf } from '../../src/rounds/index.js'
import { verdictOf } from '../../src/run/round-history.js'

test('rounds stop where there is little left to change, or where they change no less than before', () => {
  const churn = (total: number) => ({ ...churnOf([]), total })
  expect(verdictOf(churn(0.019), 0.8, null)).toBe('steady')
  expect(verdictOf(churn(0.3), null, null)).toBeNull()
  expect(verdictOf(churn(0.2), 0.1, churn(0.3))).toBeNull()
  expect(verdictOf(churn(0.3), 0.5, churn(0.3))).toBe('restless')
  expect(verdictOf(churn(0.01), null, churn(0.005))).toBe('steady')
  // A checkpoint that sees next to nothing changes little as well: that is no sign of being done.
  expect(verdictOf(churn(0.001), 0.05, null)).toBe('apart')
})
