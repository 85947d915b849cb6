import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorMessage, FldError } from '../../schemas/errors.js'
import type { ImageRecord } from '../../schemas/image.js'
import { readShardImages, type ShardImages } from '../dataset/shard-images.js'
import type { DecidedRound, RoundDiff } from '../rounds/index.js'
import { readCommittedShard } from '../run/committed-images.js'
import type { ObjectStore } from '../storage/object-store.js'
import { drawOverlay } from './overlay.js'

/** Which examples are drawn, and where. */
export interface DiffOverlays {
  readonly store: ObjectStore
  readonly diff: RoundDiff
  readonly before: DecidedRound
  readonly after: DecidedRound
  readonly folder: string
  readonly signal: AbortSignal
}

/**
 * Draws the images of a diff's examples as both decisions have them: `<image_id>-before.png` and `-after.png`. Returns how
 * many images. Throws FldError `config_invalid` where the folder cannot be written.
 */
export async function drawDiffOverlays(options: DiffOverlays): Promise<number> {
  const { store, diff, before, folder, signal } = options
  const shards = new Map<string, Set<string>>()
  for (const { shard, image_id } of Object.values(diff.tables).flatMap(({ examples }) => examples)) {
    shards.set(shard, (shards.get(shard) ?? new Set()).add(image_id))
  }
  let drawn = 0
  for (const [shard, ids] of shards) {
    const opened = await readShardImages(store, before.plan.set, shard, { signal })
    // What ingest refused is an example of rejects and no image of the shard.
    const images = opened.images.filter(({ image_id }) => ids.has(image_id))
    for (const side of ['before', 'after'] as const) await drawSide({ ...options, side, shard, opened, images, folder })
    drawn += images.length
  }
  return drawn
}

interface OverlaySide extends DiffOverlays {
  readonly side: 'before' | 'after'
  readonly shard: string
  readonly opened: ShardImages
  readonly images: readonly ImageRecord[]
}

async function drawSide({ store, side, shard, opened, images, folder, signal, ...sides }: OverlaySide): Promise<void> {
  const { annotations } = await readCommittedShard(store, { ...sides[side], shard }, { signal })
  for (const image of images) {
    const about = ({ image_id }: { image_id: string }) => image_id === image.image_id
    const drawn = await drawOverlay({
      image: await opened.encoded(image),
      regions: annotations.region_text.filter(about),
      texts: annotations.text.filter(about),
      phrases: annotations.phrase_region.filter(about),
      signal,
    })
    await writePicture(folder, `${image.image_id}-${side}.png`, drawn)
  }
}

async function writePicture(folder: string, name: string, picture: Uint8Array): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, name), picture)
  } catch (cause) {
    throw new FldError('config_invalid', `--overlay ${folder} cannot be written: ${errorMessage(cause)}`, { cause })
  }
}
