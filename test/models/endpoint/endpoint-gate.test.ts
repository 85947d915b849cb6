import { expect, test } from 'vitest'
import { joinEndpoint } from '../../../src/models/endpoint/endpoint-gate.js'

const signal = new AbortController().signal

/** Whether so many tokens are there at once. */
async function areThere(gate: ReturnType<typeof joinEndpoint>, tokens: number): Promise<boolean> {
  const stop = new AbortController()
  const taken = gate.tokens()?.take(tokens, { signal: stop.signal })
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  stop.abort()
  return (taken ?? Promise.resolve()).then(
    () => true,
    () => false,
  )
}

test('what was spent of a minute stays spent when a smaller limit comes, goes, and comes again', async () => {
  const address = 'http://spent/v1'
  const first = joinEndpoint(address, { concurrency: 1, tokensPerMinute: 1000 })
  await first.tokens()?.take(1000, { signal })
  const second = joinEndpoint(address, { concurrency: 1, tokensPerMinute: 900 })
  expect(await areThere(first, 500)).toBe(false)
  second.leave()
  expect(await areThere(first, 500)).toBe(false)
  const unlimited = joinEndpoint(address, { concurrency: 1, tokensPerMinute: null })
  first.leave()
  expect(unlimited.tokens()).toBeNull()
  const third = joinEndpoint(address, { concurrency: 1, tokensPerMinute: 900 })
  expect(await areThere(third, 500)).toBe(false)
  for (const gate of [unlimited, third]) gate.leave()
})

test('one that nobody has asked before has the tokens of a minute', async () => {
  const gate = joinEndpoint('http://fresh/v1', { concurrency: 1, tokensPerMinute: 1000 })
  expect(await areThere(gate, 1000)).toBe(true)
  gate.leave()
})
