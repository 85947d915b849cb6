import type { RejectRow, ShardAnnotations } from '../../../schemas/annotation.js'
import type { ImageToMerge } from './image-to-merge.js'
import { mergeRegions } from './merge-regions.js'
import { mergeTexts } from './merge-texts.js'
import { mergeTriplets } from './merge-triplets.js'
import { carried } from './row-support.js'

/**
 * The rows of an image in a round: those of the round before beside what a checkpoint says. A checkpoint is no independent
 * voter on labels that it learned from, so its agreement confirms and adds no vote, its silence takes away only what stood on
 * little, and what it proposes needs somebody who did not learn it. Pure: the order of voices and rows does not matter, every
 * row of the round before goes on or is a reject. An image that was taken out before stays so.
 */
export function mergeImage(merge: ImageToMerge): ShardAnnotations {
  const out = merge.before.rejects.filter(isTakenOut)
  if (out.length > 0)
    return { text: [], region_text: [], phrase_region: [], rejects: out.map((row) => carried(row, merge)) }
  const regions = mergeRegions(merge)
  const texts = mergeTexts(merge)
  const triplets = mergeTriplets({ texts: texts.rows, regions: regions.rows }, merge)
  return {
    text: [...texts.rows],
    region_text: [...regions.rows],
    phrase_region: [...triplets.rows],
    rejects: [...regions.rejects, ...texts.rejects, ...triplets.rejects, ...unusable(merge)],
  }
}

/** Whether a reject says that its image was taken out for a fault. */
function isTakenOut({ kind, rule }: RejectRow): boolean {
  return kind === 'image' && rule === 'required_annotators'
}

/** What the checkpoint said and consensus stopped: that of the specialists stands among the rejects of the round before. */
function unusable({ decided, checkpoint, shard, round }: ImageToMerge): RejectRow[] {
  const ours = new Set(checkpoint.voices.map(({ annotator }) => annotator))
  return decided.rejects
    .filter(
      ({ kind, support }) => kind !== 'object' && kind !== 'text_region' && support.some((name) => ours.has(name)),
    )
    .map((row) => ({ ...row, shard, round }))
}
