import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkNewKey, compareKeys } from '../../src/storage/object-key.js'

/** Characters on both sides of the surrogates, where UTF-16 and UTF-8 disagree. */
const character = fc.constantFrom('a', 'b', '/', '!', 'é', '日', '퟿', '', '～', '\u{10000}', '\u{1F600}', '\u{10FFFF}')
const key = fc.oneof(fc.string({ unit: character, maxLength: 6 }), fc.string({ unit: 'binary', maxLength: 6 }))

describe('compareKeys', () => {
  it('orders as the UTF-8 bytes do', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('checkNewKey', () => {
  it('lets through what stays below the root, and nothing else', () => {
    const segment = fc.constantFrom('a', '.', '..', '', 'b c', '.hidden', '...', '%2e%2e')
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
        const climbs = segments.some((each) => each === '' || each === '.' || each === '..')
        const check = () => checkNewKey(segments.join('/'))
        if (climbs) expect(check).toThrow(/Object key/)
        else expect(check).not.toThrow()
      }),
    )
  })
})
