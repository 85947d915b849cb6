import { z } from 'zod'

/** What is let into a set. Part of the set's name: other limits make another set. `--set ingest.max_pixels=...`. */
export const ingestLimitsSchema = z
  .object({
    /** Longest encoded file that is read, in bytes. */
    max_bytes: z
      .number()
      .int()
      .min(1)
      .default(64 * 1024 * 1024),
    /** Most pixels (width x height) that are decoded. */
    max_pixels: z.number().int().min(1).default(100_000_000),
    /** Shortest side that is let in, in pixels. */
    min_side: z.number().int().min(1).default(8),
    /** Perceptual hashes that differ in at most this many of their 64 bits are near duplicates; differences are even. */
    near_distance: z.number().int().min(0).max(7).default(4),
  })
  .strict()
