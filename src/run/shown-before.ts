import type { PhraseRegionRow, RegionTextRow, TextRow } from '../../schemas/annotation.js'
import type { CaptionPhrase } from '../../schemas/observation.js'
import type { SnapshotShard } from '../../schemas/run.js'
import type { DecidedSoFar } from '../consensus/index.js'
import { rowsByImage } from '../dataset/rows-by-image.js'
import { readShardTable } from '../dataset/snapshot.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'

/** What the round before agreed on about the images of a shard, as a checkpoint that annotates again is shown it; by image_id. */
export async function shownBefore(
  store: ObjectStore,
  shard: SnapshotShard,
  options: StoreOptions = {},
): Promise<ReadonlyMap<string, DecidedSoFar>> {
  const [text, region_text, phrase_region] = await Promise.all([
    readShardTable(store, shard, 'text', options),
    readShardTable(store, shard, 'region_text', options),
    readShardTable(store, shard, 'phrase_region', options),
  ])
  const images = rowsByImage({ text, region_text, phrase_region, rejects: [] })
  return new Map(
    [...images].map(([image_id, rows]): [string, DecidedSoFar] => [
      image_id,
      {
        regions: rows.region_text.map(agreedRegion),
        texts: rows.text.map((row) => agreedText(row, rows.phrase_region)),
        regionTexts: [],
      },
    ]),
  )
}

function agreedRegion({ region_id, kind, label, phrase, x1, y1, x2, y2, quad, score }: RegionTextRow) {
  const box = [x1, y1, x2, y2] as const
  return { region_id, kind, label: kind === 'object' ? (label ?? phrase) : phrase, box, quad, score }
}

/** With the phrases that stand for regions already, by their places. */
function agreedText({ text_id, granularity, text }: TextRow, triplets: readonly PhraseRegionRow[]) {
  const places = new Map<string, { start: number; end: number; region_ids: string[] }>()
  for (const row of triplets) {
    if (row.text_id !== text_id) continue
    const place = `${row.start}-${row.end}`
    const phrase = places.get(place) ?? { start: row.start, end: row.end, region_ids: [] }
    phrase.region_ids.push(row.region_id)
    places.set(place, phrase)
  }
  const phrases: CaptionPhrase[] = [...places.values()].sort((a, b) => a.start - b.start || a.end - b.end)
  return { granularity, text, phrases }
}
