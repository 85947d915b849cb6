import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DuplicateIndex, type IndexedImage, openDuplicateIndex } from '../../src/ingest/duplicate-index.js'
import { hammingDistance } from '../../src/ingest/perceptual-hash.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-test-'))
})
afterEach(async () => {
  expect(await readdir(folder)).toEqual([])
  await rm(folder, { recursive: true })
})

function imageOf(number: number, phash?: string): IndexedImage {
  const sha256 = createHash('sha256').update(String(number)).digest('hex')
  return { image_id: sha256.slice(0, 24), source: `/photos/${number}.jpg`, sha256, phash: phash ?? sha256.slice(48) }
}

async function withIndex(near_distance: number, use: (index: DuplicateIndex) => Promise<void>): Promise<void> {
  const index = await openDuplicateIndex({ near_distance, folder })
  try {
    await use(index)
  } finally {
    await index.close()
  }
}

describe('openDuplicateIndex', () => {
  it('finds the same bytes, naming the first image', async () => {
    await withIndex(3, async (index) => {
      expect(await index.findExact(imageOf(1).sha256)).toBeNull()
      await index.add(imageOf(1))
      expect(await index.findExact(imageOf(1).sha256)).toEqual({
        image_id: imageOf(1).image_id,
        source: '/photos/1.jpg',
      })
      expect(await index.findExact(imageOf(2).sha256)).toBeNull()
    })
  })

  it('finds what a comparison with every hash finds: the nearest, and of those the first', async () => {
    // Few distinct bits, so that near hashes are frequent.
    const close = fc.array(fc.integer({ min: 0, max: 63 }), { maxLength: 7 }).map((bits) => {
      const value = bits.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0x0f0f0f0f0f0f0f0fn)
      return value.toString(16).padStart(16, '0')
    })
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 7 }),
        fc.array(close, { maxLength: 25 }),
        close,
        async (distance, hashes, asked) => {
          await withIndex(distance, async (index) => {
            for (const [number, phash] of hashes.entries()) await index.add(imageOf(number, phash))
            const near = hashes
              .map((phash, number) => ({ number, distance: hammingDistance(phash, asked) }))
              .filter((each) => each.distance <= distance)
              .sort((a, b) => a.distance - b.distance || a.number - b.number)
            const [first] = near
            expect(await index.findNear(asked)).toBe(first === undefined ? null : imageOf(first.number).image_id)
          })
        },
      ),
      { numRuns: 60 },
    )
  })

  it('calls no flat picture near to another', async () => {
    await withIndex(3, async (index) => {
      await index.add(imageOf(1, '0'.repeat(16)))
      expect(await index.findNear('0'.repeat(16))).toBeNull()
    })
  })

  it('takes no more memory for 10,000 images than for 1,000', async () => {
    await withIndex(4, async (index) => {
      const small = await grow(index, 0, 1_000)
      const large = await grow(index, 1_000, 10_000)
      // Their hashes alone, held in memory, are 9,000 strings of 64 digits and 45,000 of some 40: above 5 MB.
      expect((large.heap - small.heap) / 2 ** 20).toBeLessThan(3)
      // LevelDB's own buffers, outside the heap, fill up to a fixed size.
      expect((large.resident - small.resident) / 2 ** 20).toBeLessThan(60)
      expect(await index.findExact(imageOf(1).sha256)).not.toBeNull()
    })
  })
})

setFlagsFromString('--expose-gc')
const collectGarbage: unknown = runInNewContext('gc')

/** Enters images and gives the memory in use afterwards, in bytes. */
async function grow(index: DuplicateIndex, from: number, to: number): Promise<{ heap: number; resident: number }> {
  for (let number = from; number < to; number++) {
    const image = imageOf(number)
    await index.findNear(image.phash)
    await index.add(image)
  }
  if (typeof collectGarbage === 'function') collectGarbage()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: heapUsed + external, resident: rss }
}
