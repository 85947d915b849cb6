import { type ByteCache, createByteCache } from '../byte-cache.js'
import type { Raster } from './raster.js'

/** Decoded images, so that the annotators of a process decode each of them once. */
export type RasterCache = ByteCache<Raster>

/** A cache of least recently used rasters within `byteBudget` bytes of pixels. */
export function createRasterCache({ byteBudget }: { byteBudget: number }): RasterCache {
  return createByteCache<Raster>({ byteBudget, bytesOf: (raster) => raster.data.byteLength })
}
