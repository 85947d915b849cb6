import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NgramBlocker } from '../../../../workers/florence2/decoding/ngram-blocker.js'

/** Goes over the whole sequence each time. */
function blockedAfter(ids: readonly number[], size: number): Set<number> {
  const blocked = new Set<number>()
  if (size === 0 || ids.length + 1 < size) return blocked
  const tail = ids.slice(ids.length - size + 1).join()
  for (let start = 0; start + size <= ids.length; start++) {
    if (ids.slice(start, start + size - 1).join() === tail) blocked.add(ids[start + size - 1] ?? 0)
  }
  return blocked
}

function blockerOf(ids: readonly number[], size: number): NgramBlocker {
  const blocker = new NgramBlocker(size)
  for (let length = 1; length <= ids.length; length++) blocker.added(ids.slice(0, length))
  return blocker
}

const sequence = fc.array(fc.nat(3), { maxLength: 30 })

describe('n-grams that would repeat', () => {
  it('are those that a search through the whole answer finds', () => {
    fc.assert(
      fc.property(sequence, fc.nat(4), (ids, size) => {
        expect(new Set(blockerOf(ids, size).blocked(ids))).toEqual(blockedAfter(ids, size))
      }),
    )
  })

  it('of a fork are its own from there on', () => {
    fc.assert(
      fc.property(sequence, sequence, sequence, (common, one, other) => {
        const blocker = blockerOf(common, 3)
        const fork = blocker.fork()
        for (let end = 1; end <= one.length; end++) blocker.added([...common, ...one.slice(0, end)])
        for (let end = 1; end <= other.length; end++) fork.added([...common, ...other.slice(0, end)])
        expect(new Set(blocker.blocked([...common, ...one]))).toEqual(blockedAfter([...common, ...one], 3))
        expect(new Set(fork.blocked([...common, ...other]))).toEqual(blockedAfter([...common, ...other], 3))
      }),
    )
  })
})
