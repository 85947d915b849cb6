import type { RegionTextRow, RejectRow } from '../../../schemas/annotation.js'
import type { ImageToMerge } from './image-to-merge.js'
import { rejectRow, sorted } from './row-support.js'

/** A description that the checkpoint hardly believes itself; null where there is none, or a better one. */
export function faintDescription({ region_id, brief_text }: RegionTextRow, merge: ImageToMerge): RejectRow | null {
  const { checkpoint, rules } = merge
  if (brief_text !== null) return null
  const said = checkpoint.voices.flatMap(({ annotator, observations }) =>
    observations.flatMap((each) =>
      each.kind === 'region_caption' && each.region_id === region_id ? [{ annotator, ...each }] : [],
    ),
  )
  const [best] = said.sort((a, b) => b.score - a.score)
  if (best === undefined || best.score >= rules.text_score) return null
  return rejectRow(merge, {
    ...{ kind: 'text', reason: 'below_checkpoint_score', failed: { region_id, lowest_score: rules.text_score } },
    ...{ support: [best.annotator], votes: 0, score: best.score, checkpoints: [checkpoint.label] },
    payload: { observations: said },
  })
}

/** Description, unless it is too faint, and mask of a region that has none, where the checkpoint gave them and they passed the filters. */
export function filledIn(row: RegionTextRow, faint: boolean, { decided, checkpoint }: ImageToMerge): RegionTextRow {
  const now = decided.region_text.find(({ region_id }) => region_id === row.region_id)
  if (now === undefined || row.rule === 'round_relabelled') return row
  const described = !faint && row.brief_text === null && now.brief_text !== null
  const masked = row.polygon_points === null && now.polygon_points !== null
  if (!described && !masked) return row
  const { brief_text, noun_chunks, chosen_text, chosen_from, similarity } = now
  const { polygon_points, polygon_rings, mask_rle, mask_score, mask_stability } = now
  return {
    ...row,
    ...(described ? { brief_text, noun_chunks, chosen_text, chosen_from, similarity } : {}),
    ...(masked ? { polygon_points, polygon_rings, mask_rle, mask_score, mask_stability } : {}),
    support: sorted([...row.support, ...fillers(row, checkpoint)]),
    checkpoints: sorted([...(row.checkpoints ?? []), checkpoint.label]),
  }
}

/** Who of the checkpoint spoke about this very region. */
function fillers({ region_id }: RegionTextRow, { voices }: ImageToMerge['checkpoint']): string[] {
  return voices
    .filter(({ observations }) =>
      observations.some(
        (said) => (said.kind === 'region_caption' || said.kind === 'mask') && said.region_id === region_id,
      ),
    )
    .map(({ annotator }) => annotator)
}
