import type { Sample } from '../../schemas/feed.js'
import { imageRecordSchema } from '../../schemas/image.js'
import type { FeedEntry } from '../../src/feed/feed-window.js'
import { type EpochKey, windowOrder } from '../../src/feed/order/epoch-order.js'
import type { EpochWindows } from '../../src/feed/rank-stream.js'
import { createWindowCache, type WindowCache } from '../../src/feed/window-cache.js'

function entryOf(sample_id: string, weight: number, tar: () => ArrayBuffer): FeedEntry {
  const image_id = 'a'.repeat(24)
  const sample: Sample = {
    ...{ sample_id, image_id, shard: '000000', task: 'CAPTION', granularity: 'brief', weight },
    sources: ['captioner'],
    ...{ prompt: 'What does the image describe?', target: `a picture, ${sample_id}`, target_tokens: 5 },
  }
  const image = imageRecordSchema.parse({
    ...{ image_id, shard: '000000', source: 'a.png', sha256: 'a'.repeat(64), phash: '0'.repeat(16) },
    ...{ near_duplicate_of: null, width: 2, height: 2, format: 'png', bytes: 3, split: 'train', notes: [] },
    tar_offset: 512,
  })
  return { sample, image, encoded: async () => new Uint8Array(tar(), 512, 3) }
}

/** A tar that is there from the first demand on, with an image of three bytes. */
function tarOf(onTar?: (tar: ArrayBuffer) => void): () => ArrayBuffer {
  let tar: ArrayBuffer | undefined
  return () => {
    if (tar !== undefined) return tar
    tar = new ArrayBuffer(1024)
    new Uint8Array(tar).set([1, 2, 3], 512)
    onTar?.(tar)
    return tar
  }
}

/** Windows of so many samples each, of weight 1, in the cache that a feed has; `loads` lists what was loaded, `onTar` hears of each tar. */
export function madeUpWindows(
  sizes: readonly number[],
  {
    seed = 0,
    keep = 3,
    weight = 1,
    onTar,
  }: { seed?: number; keep?: number; weight?: number; onTar?: (tar: ArrayBuffer) => void } = {},
): EpochWindows & Pick<WindowCache, 'loaded'> & { readonly loads: string[] } {
  const loads: string[] = []
  const load = async (epoch: number, window: number) => {
    loads.push(`${epoch}/${window}`)
    const tar = tarOf(onTar)
    const entries = Array.from({ length: sizes[window] ?? 0 }, (_, index) => entryOf(`${window}-${index}`, weight, tar))
    const key: EpochKey & { window: number } = { seed, epoch, window }
    return {
      fetchImages: () => undefined,
      entries,
      order: windowOrder(
        entries.map(({ sample }) => sample),
        key,
      ),
    }
  }
  return Object.assign(createWindowCache({ keep, load }), { count: sizes.length, loads })
}
