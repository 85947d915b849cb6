import { LRUCache } from 'lru-cache'
import { FldError } from '../../../schemas/errors.js'
import type { Raster } from './raster.js'

/** Decoded images, so that the annotators of a process decode each of them once. */
export interface RasterCache {
  /**
   * The raster under this key, by `load` unless it is there or on its way. A failure is not kept. When the caller
   * whose `load` is under way aborts it, the others load for themselves.
   */
  get(key: string, load: () => Promise<Raster>): Promise<Raster>
  clear(): void
}

/**
 * A cache of least recently used rasters within `byteBudget` bytes of pixels. Rasters in use outside the cache are
 * not counted; one that is larger than the budget is handed out and not kept.
 */
export function createRasterCache({ byteBudget }: { byteBudget: number }): RasterCache {
  if (!Number.isInteger(byteBudget) || byteBudget < 1) {
    throw new FldError('config_invalid', `the byte budget is ${byteBudget}; it must be a whole number from 1 up`)
  }
  const kept = new LRUCache<string, Raster>({
    maxSize: byteBudget,
    sizeCalculation: (raster) => Math.max(1, raster.data.byteLength),
  })
  const loading = new Map<string, Promise<Raster>>()

  function startLoading(key: string, load: () => Promise<Raster>): Promise<Raster> {
    const started = load().then((raster) => {
      if (loading.get(key) === started) kept.set(key, raster)
      return raster
    })
    loading.set(key, started)
    const forget = (): void => {
      if (loading.get(key) === started) loading.delete(key)
    }
    started.then(forget, forget)
    return started
  }

  return {
    async get(key, load) {
      const there = kept.get(key)
      if (there !== undefined) return there
      const underWay = loading.get(key)
      if (underWay === undefined) return startLoading(key, load)
      try {
        return await underWay
      } catch (thrown) {
        if (thrown instanceof FldError && thrown.code === 'aborted') return this.get(key, load)
        throw thrown
      }
    },
    clear() {
      kept.clear()
      loading.clear()
    },
  }
}
