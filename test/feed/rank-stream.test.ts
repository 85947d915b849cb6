import { setMaxListeners } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { epochStart, type FeedPlace } from '../../src/feed/feed-cursor.js'
import type { RankShare } from '../../src/feed/order/rank-share.js'
import { type EpochWindows, rankStream, type StreamRequest } from '../../src/feed/rank-stream.js'
import { madeUpWindows } from './made-up-windows.js'

const alone: RankShare = { rank: 0, world: 1, worker: 0, workers: 1 }
const { signal } = new AbortController()
setMaxListeners(0, signal)

interface Read {
  readonly ids: string[]
  readonly places: FeedPlace[]
  readonly next: FeedPlace | null
}

/** What a reader gets, to the end of the epoch or `most` samples. */
async function read(windows: EpochWindows, request: Partial<StreamRequest>, most = Infinity): Promise<Read> {
  const asked = { place: epochStart(0), share: alone, tail: 'even', images: false, ...request } as const
  const stream = rankStream(windows, asked, { signal })
  const ids: string[] = []
  const places: FeedPlace[] = []
  while (ids.length < most) {
    const next = await stream.next()
    if (next.done) return { ids, places, next: next.value }
    ids.push(next.value.sample.sample_id)
    places.push(next.value.after)
  }
  return { ids, places, next: null }
}

const windowSizes = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 6 })
const crews = fc.record({ world: fc.integer({ min: 1, max: 5 }), workers: fc.integer({ min: 1, max: 3 }) })

function readersOf({ world, workers }: { world: number; workers: number }): RankShare[] {
  return Array.from({ length: world * workers }, (_, index) => ({
    ...{ world, workers },
    rank: index % world,
    worker: Math.floor(index / world),
  }))
}

test('alone, a reader gets every sample of the epoch once, and the next epoch in another order', async () => {
  const windows = madeUpWindows([30, 0, 20, 7])
  const first = await read(windows, {})
  expect(new Set(first.ids).size).toBe(57)
  expect(first.ids).toHaveLength(57)
  expect(first.next).toEqual(epochStart(1))
  const second = await read(windows, { place: epochStart(1) })
  expect([...second.ids].sort()).toEqual([...first.ids].sort())
  expect(second.ids).not.toEqual(first.ids)
})

test('ranks and their processes part an epoch: with "all" nothing is left out', async () => {
  await fc.assert(
    fc.asyncProperty(windowSizes, crews, async (sizes, crew) => {
      const whole = await read(madeUpWindows(sizes), {})
      const parts = await Promise.all(
        readersOf(crew).map((share) => read(madeUpWindows(sizes), { share, tail: 'all', images: false })),
      )
      expect(parts.flatMap(({ ids }) => ids).sort()).toEqual([...whole.ids].sort())
      for (const [index, share] of readersOf(crew).entries()) {
        const own = whole.ids.filter((_, position) => position % (crew.world * crew.workers) === index)
        expect(share.rank + share.worker * crew.world).toBe(index)
        expect(parts[index]?.ids).toEqual(own)
      }
    }),
    { numRuns: 60 },
  )
})

test('with "even" all ranks get equally many, and fewer than there are ranks are left out', async () => {
  await fc.assert(
    fc.asyncProperty(windowSizes, crews, async (sizes, crew) => {
      const total = sizes.reduce((sum, size) => sum + size, 0)
      const counts = new Map<number, number>()
      for (const share of readersOf(crew)) {
        const { ids } = await read(madeUpWindows(sizes), { share })
        counts.set(share.rank, (counts.get(share.rank) ?? 0) + ids.length)
      }
      expect([...counts.values()]).toEqual(Array(crew.world).fill(Math.floor(total / crew.world)))
    }),
    { numRuns: 60 },
  )
})

test('whoever goes on from any place gets what is left, and nothing of what was', async () => {
  await fc.assert(
    fc.asyncProperty(windowSizes, crews, fc.nat(), fc.constantFrom('even', 'all'), async (sizes, crew, pick, tail) => {
      const share = readersOf(crew)[pick % (crew.world * crew.workers)] ?? alone
      const whole = await read(madeUpWindows(sizes), { share, tail })
      for (const [index, place] of whole.places.entries()) {
        const rest = await read(madeUpWindows(sizes), { share, tail, place })
        expect(rest.ids).toEqual(whole.ids.slice(index + 1))
        expect(rest.places).toEqual(whole.places.slice(index + 1))
        expect(rest.next).toEqual(whole.next)
      }
    }),
    { numRuns: 40 },
  )
})

test('another number of ranks goes on where all ranks stood', async () => {
  const sizes = [11, 5, 16]
  const before = await Promise.all(
    readersOf({ world: 3, workers: 1 }).map((share) => read(madeUpWindows(sizes), { share }, 6)),
  )
  const places = before.map(({ places }) => places.at(-1))
  expect(new Set(places.map((place) => JSON.stringify(place))).size).toBe(1)
  const place = places[0] ?? epochStart(0)
  const after = await Promise.all(
    readersOf({ world: 2, workers: 2 }).map((share) => read(madeUpWindows(sizes), { share, place })),
  )
  const whole = await read(madeUpWindows(sizes), {})
  expect([...before, ...after].flatMap(({ ids }) => ids).sort()).toEqual([...whole.ids].sort())
})

test('going on loads the windows from there on, and none before', async () => {
  const place = (await read(madeUpWindows([8, 8, 8, 8]), {}, 20)).places.at(-1) ?? epochStart(0)
  const windows = madeUpWindows([8, 8, 8, 8])
  expect((await read(windows, { place })).ids).toHaveLength(12)
  expect(windows.loads).toEqual(['0/2', '0/3'])
})

test('readers that go side by side have each window loaded once', async () => {
  const windows = madeUpWindows([9, 9, 9, 9, 9], { keep: 3 })
  const streams = readersOf({ world: 4, workers: 1 }).map((share) =>
    rankStream(windows, { place: epochStart(0), share, tail: 'all', images: false }, { signal }),
  )
  for (let done = false; !done; ) {
    const turns = await Promise.all(streams.map((stream) => stream.next()))
    done = turns.every((turn) => turn.done === true)
  }
  expect(windows.loads).toEqual(['0/0', '0/1', '0/2', '0/3', '0/4'])
  expect(windows.loaded).toBe(5)
})

test('readers that are far from each other do not make memory grow: windows go and are loaded again', async () => {
  const windows = madeUpWindows([4, 4, 4, 4, 4, 4], { keep: 2 })
  const all = await Promise.all([0, 1, 2].map((epoch) => read(windows, { place: epochStart(epoch) })))
  for (const { ids } of all) expect(new Set(ids).size).toBe(24)
  expect(windows.loaded).toBeGreaterThan(18)
})

test('a window that cannot be loaded is an error for whoever asked, and is tried again', async () => {
  const windows = madeUpWindows([4, 4])
  let broken = true
  const get: EpochWindows['get'] = async (epoch, window) => {
    if (window === 1 && broken) throw new Error('the store is away')
    return windows.get(epoch, window)
  }
  const shaky: EpochWindows = { count: 2, get, peek: () => undefined, expect: () => undefined }
  await expect(read(shaky, {})).rejects.toThrow('the store is away')
  broken = false
  expect((await read(shaky, {})).ids).toHaveLength(8)
})

test('a reader that is stopped gets no further sample', async () => {
  const stop = new AbortController()
  const stream = rankStream(
    madeUpWindows([8]),
    { place: epochStart(0), share: alone, tail: 'all', images: false },
    { signal: stop.signal },
  )
  await stream.next()
  stop.abort()
  await expect(stream.next()).rejects.toMatchObject({ code: 'aborted' })
})

test('a reader that waits for a slow client keeps neither its window nor the tar that its image is of', async () => {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new Error('no garbage collector to call')
  const tars: WeakRef<ArrayBuffer>[] = []
  const windows = madeUpWindows([4, 4, 4, 4], { keep: 2, onTar: (tar) => tars.push(new WeakRef(tar)) })
  const streams = [0, 1, 2, 3, 4].map((epoch) =>
    rankStream(windows, { place: epochStart(epoch), share: alone, tail: 'all', images: true }, { signal }),
  )
  const held = []
  for (const stream of streams) held.push((await stream.next()).value)
  await expect
    .poll(() => {
      collect()
      return tars.filter((tar) => tar.deref() !== undefined).length
    })
    // Those of the windows that are kept.
    .toBeLessThanOrEqual(2)
  expect(tars).toHaveLength(5)
  expect(held.map((each) => each && 'encoded' in each && each.encoded)).toEqual(
    Array(5).fill(new Uint8Array([1, 2, 3])),
  )
})
