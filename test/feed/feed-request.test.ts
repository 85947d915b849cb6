import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeCursor, encodeCursor } from '../../src/feed/feed-cursor.js'
import { parseFeedRequest } from '../../src/feed/feed-request.js'

const identity = { snapshot: '0123456789abcdef', options: 'fedcba9876543210' }
const parse = (query: string) => parseFeedRequest(new URLSearchParams(query), identity)

/** The error of a query that is refused. */
function refusal(query: string) {
  try {
    parse(query)
  } catch (error) {
    return error
  }
  throw new Error(`"${query}" was not refused`)
}

describe('parseFeedRequest', () => {
  test('asks for one reader and the first epoch, with images, unless it is told otherwise', () => {
    expect(parse('')).toEqual({
      place: { epoch: 0, window: 0, base: 0, position: 0 },
      share: { rank: 0, world: 1, worker: 0, workers: 1 },
      tail: 'even',
      images: true,
    })
    expect(parse('rank=1&world=2&worker=3&workers=4&images=0&tail=all&epoch=7')).toEqual({
      place: { epoch: 7, window: 0, base: 0, position: 0 },
      share: { rank: 1, world: 2, worker: 3, workers: 4 },
      tail: 'all',
      images: false,
    })
  })

  test('begins where a cursor says', () => {
    const place = { epoch: 3, window: 2, base: 100, position: 104 }
    expect(parse(`cursor=${encodeCursor(identity, place)}`).place).toEqual(place)
  })

  test.each([
    ['rank=-1', 'rank', 'rank is "-1"; it must be a whole number from 0 to 1000000'],
    ['rank=1.5', 'rank', 'rank is "1.5"; it must be a whole number from 0 to 1000000'],
    ['rank=', 'rank', 'rank is ""; it must be a whole number from 0 to 1000000'],
    ['world=0', 'world', 'world is "0"; it must be a whole number from 1 to 1000000'],
    ['world=99999999999', 'world', 'world is "99999999999"; it must be a whole number from 1 to 1000000'],
    ['rank=2&world=2', 'rank', 'rank is 2; it must be below world, which is 2'],
    ['worker=1', 'worker', 'worker is 1; it must be below workers, which is 1'],
    ['images=yes', 'images', 'images is "yes"; it must be 0 or 1'],
    ['tail=drop', 'tail', 'tail is "drop"; it must be even or all'],
    ['epoch=x', 'epoch', 'epoch is "x"; it must be a whole number from 0 to 1000000'],
    ['rank=0&rank=1', 'rank', 'rank is given twice'],
    [
      'ranks=1',
      'ranks',
      'there is no parameter ranks; there are rank, world, worker, workers, images, tail, epoch, cursor',
    ],
    ['cursor=abc', 'cursor', 'cursor is "abc"; it must be one that a feed gave, unchanged'],
    ['cursor=', 'cursor', 'cursor is ""; it must be one that a feed gave, unchanged'],
  ])('refuses %s and names the parameter', (query, parameter, message) => {
    expect(refusal(query)).toMatchObject({ code: 'config_invalid', message, details: { parameter } })
  })

  test('refuses a cursor beside an epoch', () => {
    const cursor = encodeCursor(identity, { epoch: 3, window: 0, base: 0, position: 0 })
    expect(refusal(`cursor=${cursor}&epoch=3`)).toMatchObject({ details: { parameter: 'epoch' } })
  })

  test.each(['snapshot', 'options'] as const)('refuses a cursor of another %s and names both', (what) => {
    const other = { ...identity, [what]: 'aaaaaaaaaaaaaaaa' }
    const cursor = encodeCursor(other, { epoch: 0, window: 0, base: 0, position: 5 })
    expect(refusal(`cursor=${cursor}`)).toMatchObject({
      code: 'run_conflict',
      message: expect.stringMatching(new RegExp(`${what} aaaaaaaaaaaaaaaa.*${what} ${identity[what]}`)),
    })
  })
})

describe('a cursor', () => {
  const places = fc
    .record({ epoch: fc.nat(), window: fc.nat(), base: fc.nat(), ahead: fc.nat() })
    .map(({ ahead, ...place }) => ({ ...place, position: place.base + ahead }))

  test('comes back as it was, and is safe in an address', () => {
    fc.assert(
      fc.property(places, (place) => {
        const token = encodeCursor(identity, place)
        expect(token).toMatch(/^[\w-]+$/)
        expect(decodeCursor(token, identity)).toEqual(place)
      }),
    )
  })

  test('that was altered is refused or still a place, never something else', () => {
    fc.assert(
      fc.property(places, fc.nat(), fc.string({ maxLength: 3 }), (place, at, put) => {
        const token = encodeCursor(identity, place)
        const cut = at % token.length
        const altered = token.slice(0, cut) + put + token.slice(cut + 1)
        try {
          const { base, position, ...rest } = decodeCursor(altered, identity)
          expect(Object.values(rest).every(Number.isSafeInteger)).toBe(true)
          expect(position).toBeGreaterThanOrEqual(base)
        } catch (error) {
          expect(error).toMatchObject({ name: 'FldError' })
        }
      }),
    )
  })
})
