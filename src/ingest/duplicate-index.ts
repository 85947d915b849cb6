import { hammingDistance } from './perceptual-hash.js'
import { openScratchIndex } from './scratch-index.js'

/** The image that an identical or similar one was found to follow. */
export interface EarlierImage {
  readonly image_id: string
  readonly source: string
}

export interface IndexedImage extends EarlierImage {
  readonly sha256: string
  readonly phash: string
}

/** What ingest has let in so far, by its hashes; on disk, so that memory does not grow with it. */
export interface DuplicateIndex {
  /** The image with the same bytes, or null. */
  findExact(sha256: string): Promise<EarlierImage | null>
  /** The image_id of the nearest perceptual hash within the distance, the earliest among equals, or null. */
  findNear(phash: string): Promise<string | null>
  add(image: IndexedImage): Promise<void>
  /** Closes the index and removes its files. */
  close(): Promise<void>
}

/** A picture without structure (one flat colour) hashes to zeros: it says nothing about what it is near to. */
const flat = '0'.repeat(16)

/** The 64 bits cut into one more band than bits may differ. */
function bandsOf(phash: string, count: number): string[] {
  const bits = BigInt(`0x${phash}`).toString(2).padStart(64, '0')
  return Array.from({ length: count }, (_, band) => {
    const part = bits.slice(Math.floor((band * 64) / count), Math.floor(((band + 1) * 64) / count))
    return `p${band}:${Number.parseInt(part, 2).toString(16).padStart(16, '0')}:`
  })
}

/**
 * Opens an empty index. Near hashes are found by multi-index hashing (Norouzi, Punjani, Fleet, "Fast Search in Hamming
 * Space with Multi-Index Hashing", CVPR 2012): of `near_distance` + 1 bands at least one is equal in two hashes that
 * differ in `near_distance` bits, so only hashes sharing a band are compared. A hash is kept once, for its first image.
 */
export async function openDuplicateIndex(options: {
  near_distance: number
  folder?: string | undefined
}): Promise<DuplicateIndex> {
  const bands = options.near_distance + 1
  const scratch = await openScratchIndex({ folder: options.folder })
  const { db } = scratch
  let added = 0

  /** Values are `<ordinal> <image_id>`: the ordinal, of fixed width, orders equals by age. */
  async function nearest(phash: string): Promise<string | null> {
    let best: { distance: number; value: string } | null = null
    for (const band of bandsOf(phash, bands)) {
      for await (const [key, value] of db.iterator({ gte: band, lt: `${band}~` })) {
        const distance = hammingDistance(phash, key.slice(band.length))
        if (distance > options.near_distance) continue
        const better = best === null || distance < best.distance || (distance === best.distance && value < best.value)
        if (better) best = { distance, value }
      }
    }
    return best?.value.slice(13) ?? null
  }

  return {
    async findExact(sha256) {
      const value = await db.get(`s:${sha256}`)
      if (value === undefined) return null
      return { image_id: value.slice(0, 24), source: value.slice(25) }
    },
    findNear: async (phash) => (phash === flat ? null : nearest(phash)),
    async add({ image_id, source, sha256, phash }) {
      const ordinal = String(added++).padStart(12, '0')
      const batch = db.batch().put(`s:${sha256}`, `${image_id} ${source}`)
      const [first] = bandsOf(phash, bands)
      if (phash !== flat && first !== undefined && !(await db.has(`${first}${phash}`))) {
        for (const band of bandsOf(phash, bands)) batch.put(`${band}${phash}`, `${ordinal} ${image_id}`)
      }
      await batch.write()
    },
    close: () => scratch.close(),
  }
}
