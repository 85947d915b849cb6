import { describe, expect, it } from 'vitest'
import { FldError } from '../../../schemas/errors.js'
import type { Raster } from '../../../src/models/pixels/raster.js'
import { createRasterCache } from '../../../src/models/pixels/raster-cache.js'

/** Loads rasters of `pixels` pixels and counts how often. */
function loader(pixels = 1): { load: () => Promise<Raster>; count: () => number } {
  let loads = 0
  return {
    load: async () => {
      loads += 1
      return { width: pixels, height: 1, data: new Uint8Array(pixels * 3) }
    },
    count: () => loads,
  }
}

describe('a raster cache', () => {
  it('loads once for all who ask, at the same time or later', async () => {
    const cache = createRasterCache({ byteBudget: 100 })
    const { load, count } = loader()
    const [one, two] = await Promise.all([cache.get('a', load), cache.get('a', load)])
    expect(one).toBe(two)
    expect(await cache.get('a', load)).toBe(one)
    expect(count()).toBe(1)
  })

  it('lets the least recently used go when the bytes are spent', async () => {
    const cache = createRasterCache({ byteBudget: 60 })
    const [a, b, c] = [loader(10), loader(10), loader(10)]
    await cache.get('a', a.load)
    await cache.get('b', b.load)
    await cache.get('a', a.load)
    await cache.get('c', c.load)
    await cache.get('a', a.load)
    await cache.get('b', b.load)
    expect([a.count(), b.count(), c.count()]).toEqual([1, 2, 1])
  })

  it('hands out one that is larger than the budget and does not keep it', async () => {
    const cache = createRasterCache({ byteBudget: 60 })
    const [large, small] = [loader(21), loader(10)]
    await cache.get('small', small.load)
    expect((await cache.get('large', large.load)).width).toBe(21)
    await cache.get('large', large.load)
    await cache.get('small', small.load)
    expect([large.count(), small.count()]).toEqual([2, 1])
  })

  it('does not keep a failure', async () => {
    const cache = createRasterCache({ byteBudget: 60 })
    const { load } = loader()
    await expect(cache.get('a', () => Promise.reject(new Error('unreadable')))).rejects.toThrow('unreadable')
    expect((await cache.get('a', load)).width).toBe(1)
  })

  it('does not make one caller suffer from the abort of another', async () => {
    const cache = createRasterCache({ byteBudget: 60 })
    const { load, count } = loader()
    let abort = (): void => undefined
    const aborted = new Promise<Raster>((_, reject) => {
      abort = () => reject(new FldError('aborted', 'enough'))
    })
    const first = expect(cache.get('a', () => aborted)).rejects.toMatchObject({ code: 'aborted' })
    const others = Promise.all([cache.get('a', load), cache.get('a', load)])
    abort()
    await first
    expect((await others).map(({ width }) => width)).toEqual([1, 1])
    expect(count()).toBe(1)
  })

  it('forgets everything when it is cleared', async () => {
    const cache = createRasterCache({ byteBudget: 60 })
    const { load, count } = loader()
    await cache.get('a', load)
    cache.clear()
    await cache.get('a', load)
    expect(count()).toBe(2)
  })

  it('refuses a budget of nothing', () => {
    expect(() => createRasterCache({ byteBudget: 0 })).toThrow(/budget is 0/)
  })
})
