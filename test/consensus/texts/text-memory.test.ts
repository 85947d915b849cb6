import { describe, expect, it } from 'vitest'
import { rememberByText } from '../../../src/consensus/texts/text-memory.js'

/** A function that counts how often it was really asked. */
function counted(answer: (text: string) => number | null) {
  const asked: string[] = []
  const find = rememberByText((text) => {
    asked.push(text)
    return answer(text)
  })
  return { asked, find }
}

describe('what is remembered of texts', () => {
  it('is each answer once, null too, of each function its own', () => {
    const length = counted((text) => text.length)
    const nothing = counted(() => null)
    for (const text of ['', 'a dog', '', 'a dog']) {
      expect(length.find(text)).toBe(text.length)
      expect(nothing.find(text)).toBeNull()
    }
    expect(length.asked).toEqual(['', 'a dog'])
    expect(nothing.asked).toEqual(['', 'a dog'])
  })

  it('is more than the texts of a shard, whose stages ask one after the other', () => {
    const { asked, find } = counted((text) => text.length)
    const texts = Array.from({ length: 20_000 }, (_, index) => `A dog lies on the sofa number ${index}.`)
    for (let stage = 0; stage < 3; stage++) for (const text of texts) find(text)
    expect(asked).toHaveLength(texts.length)
  })

  it('is bounded by characters', () => {
    const { asked, find } = counted((text) => text.length)
    const long = Array.from({ length: 30 }, (_, index) => `${index}`.padEnd(1_000_000))
    for (const text of [...long, ...long.slice(-5), ...long.slice(0, 5)]) find(text)
    expect(asked).toHaveLength(35)
  })
})
