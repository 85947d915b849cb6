import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Clock, createTokenBucket } from '../../../src/models/endpoint/token-bucket.js'

/** Time that passes only where somebody waits. */
function patientClock(): Clock & { time: number } {
  const clock = {
    time: 0,
    now: () => clock.time,
    pause: async (ms: number) => {
      clock.time += ms
    },
  }
  return clock
}

const signal = new AbortController().signal

test('gives what is there at once and lets the rest be waited for', async () => {
  const clock = patientClock()
  const bucket = createTokenBucket(600, clock)
  await bucket.take(400, { signal })
  await bucket.take(200, { signal })
  expect(clock.time).toBe(0)
  await bucket.take(100, { signal })
  expect(clock.time).toBe(10_000)
})

test('what is there stays when the limit changes, as far as it fits, and who waits is served by the new one', async () => {
  const clock = patientClock()
  const bucket = createTokenBucket(1000, clock)
  await bucket.take(1000, { signal })
  bucket.changeTo(600)
  await bucket.take(100, { signal })
  expect(clock.time).toBe(10_000)
  clock.time += 60_000
  bucket.changeTo(300)
  bucket.changeTo(6000)
  await bucket.take(300, { signal })
  expect(clock.time).toBe(70_000)
  await bucket.take(100, { signal })
  expect(clock.time).toBe(71_000)
})

test('a wait for more than a lowered limit holds ends when the bucket is full', async () => {
  const clock = patientClock()
  const bucket = createTokenBucket(1000, clock)
  await bucket.take(1000, { signal })
  const waiting = bucket.take(1000, { signal })
  bucket.changeTo(600)
  await waiting
  expect(clock.time).toBe(60_000)
})

test('what was not used is there for the next', async () => {
  const clock = patientClock()
  const bucket = createTokenBucket(600, clock)
  await bucket.take(600, { signal })
  bucket.settle(600, 100)
  await bucket.take(500, { signal })
  expect(clock.time).toBe(0)
})

test('a request larger than a minute waits for a full bucket and is paid back by those after it', async () => {
  const clock = patientClock()
  const bucket = createTokenBucket(600, clock)
  await bucket.take(60, { signal })
  await bucket.take(1800, { signal })
  expect(clock.time).toBe(6000)
  await bucket.take(1, { signal })
  expect(clock.time).toBeGreaterThanOrEqual(6000 + 120_000)
})

test('whoever comes first goes first', async () => {
  const bucket = createTokenBucket(600, patientClock())
  const order: number[] = []
  await Promise.all(
    [500, 600, 1, 1].map((tokens, index) => bucket.take(tokens, { signal }).then(() => order.push(index))),
  )
  expect(order).toEqual([0, 1, 2, 3])
})

test('in any time no more is taken than the bucket held and what grew in that time', async () => {
  const takes = fc.array(
    fc.record({ tokens: fc.integer({ min: 1, max: 900 }), used: fc.integer({ min: 0, max: 900 }) }),
    {
      maxLength: 30,
    },
  )
  await fc.assert(
    fc.asyncProperty(takes, fc.integer({ min: 50, max: 900 }), async (asked, perMinute) => {
      const clock = patientClock()
      const bucket = createTokenBucket(perMinute, clock)
      let used = 0
      for (const take of asked) {
        const before = used
        await bucket.take(take.tokens, { signal })
        // What it cost before this request was within the budget, but for the debt of a request above a minute's tokens.
        expect(before).toBeLessThanOrEqual(perMinute + (clock.time * perMinute) / 60_000 + 1e-6)
        const cost = Math.min(take.used, take.tokens)
        bucket.settle(take.tokens, cost)
        used += cost
      }
    }),
  )
})

test('an abort ends a wait without taking anything', async () => {
  const bucket = createTokenBucket(600)
  await bucket.take(600, { signal })
  const stop = new AbortController()
  const waiting = bucket.take(600, { signal: stop.signal })
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
  bucket.settle(600, 0)
  await bucket.take(600, { signal })
})
