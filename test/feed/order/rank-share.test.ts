import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextPosition, type RankShare, roundAfter, turnEnd } from '../../../src/feed/order/rank-share.js'

const crews = fc.record({ world: fc.integer({ min: 1, max: 9 }), workers: fc.integer({ min: 1, max: 5 }) })

/** All readers of a job. */
function readers({ world, workers }: { world: number; workers: number }): RankShare[] {
  return Array.from({ length: world * workers }, (_, index) => ({
    ...{ world, workers },
    rank: index % world,
    worker: Math.floor(index / world),
  }))
}

/** The positions below `end` that a reader takes from `start` on. */
function taken(share: RankShare, start: number, end: number): number[] {
  const positions: number[] = []
  for (let next = nextPosition(start, share); next < end; next = nextPosition(next + 1, share)) positions.push(next)
  return positions
}

test('the readers of a job part the positions among them, wherever they start', () => {
  fc.assert(
    fc.property(crews, fc.nat(200), fc.nat(200), (crew, start, length) => {
      const all = readers(crew).flatMap((share) => taken(share, start, start + length))
      expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, index) => start + index))
    }),
  )
})

test("a rank's positions are the same however many processes it loads with", () => {
  fc.assert(
    fc.property(crews, fc.nat(200), (crew, end) => {
      for (let rank = 0; rank < crew.world; rank++) {
        const own = readers(crew).filter((share) => share.rank === rank)
        const positions = own.flatMap((share) => taken(share, 0, end)).sort((a, b) => a - b)
        expect(positions).toEqual(positions.filter((position) => position % crew.world === rank))
        expect(positions).toEqual(taken({ rank, world: crew.world, worker: 0, workers: 1 }, 0, end))
      }
    }),
  )
})

test('when every reader has had its turn they stand at the same place, and miss nothing after it', () => {
  fc.assert(
    fc.property(crews, fc.nat(20), crews, (crew, turns, others) => {
      const places = readers(crew).map((share) => roundAfter(taken(share, 0, 10_000)[turns] ?? -1, share))
      const [place = -1] = places
      expect(new Set(places).size).toBe(1)
      const before = readers(crew).flatMap((share) => taken(share, 0, 10_000).slice(0, turns + 1))
      // Another number of ranks goes on from there.
      const after = readers(others).flatMap((share) => taken(share, place, place + 500))
      const all = [...before, ...after].sort((a, b) => a - b)
      expect(all).toEqual(Array.from({ length: place + 500 }, (_, index) => index))
    }),
  )
})

test('up to the end of the last whole turn every rank has had equally many', () => {
  fc.assert(
    fc.property(crews, fc.integer({ min: 1, max: 300 }), (crew, end) => {
      const counts = Array.from({ length: crew.world }, (_, rank) => {
        const own = readers(crew).filter((share) => share.rank === rank)
        return own.flatMap((share) => taken(share, 0, end).filter((position) => turnEnd(position, share) <= end)).length
      })
      expect(new Set(counts).size).toBe(1)
      expect(end - counts.reduce((sum, count) => sum + count, 0)).toBeLessThan(crew.world)
    }),
  )
})
