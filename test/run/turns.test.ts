import { expect, test } from 'vitest'
import { Turns } from '../../src/run/turns.js'

const { signal } = new AbortController()

/** Work that ends when it is told to. */
function held(turns: Turns, alone: boolean, began: string[], name: string) {
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const done = turns.take({ alone, signal }, async () => {
    began.push(name)
    await ended
  })
  return { end, done }
}

test('many together, or one alone, in the order they came', async () => {
  const turns = new Turns()
  const began: string[] = []
  const [a, b] = [held(turns, false, began, 'a'), held(turns, false, began, 'b')]
  const [c, d] = [held(turns, true, began, 'c'), held(turns, false, began, 'd')]
  await Promise.resolve()
  expect(began).toEqual(['a', 'b'])
  a.end()
  await a.done
  expect(began).toEqual(['a', 'b'])
  b.end()
  await b.done
  expect(began).toEqual(['a', 'b', 'c'])
  c.end()
  await c.done
  expect(began).toEqual(['a', 'b', 'c', 'd'])
  d.end()
  await d.done
})

test('who gives up waiting lets the others pass; work that throws ends its turn', async () => {
  const turns = new Turns()
  const began: string[] = []
  const stop = new AbortController()
  const a = held(turns, false, began, 'a')
  const alone = turns.take({ alone: true, signal: stop.signal }, async () => undefined)
  const b = held(turns, false, began, 'b')
  stop.abort()
  await expect(alone).rejects.toMatchObject({ code: 'aborted' })
  await Promise.resolve()
  expect(began).toEqual(['a', 'b'])
  for (const each of [a, b]) each.end()
  await Promise.all([a.done, b.done])
  const failing = turns.take({ alone: true, signal }, async () => Promise.reject(new Error('no')))
  await expect(failing).rejects.toThrow('no')
  await expect(turns.take({ alone: true, signal }, async () => 'yes')).resolves.toBe('yes')
})
