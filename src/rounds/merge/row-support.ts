import type { AnnotationRow, RejectRow } from '../../../schemas/annotation.js'
import type { MergeRules } from '../../../schemas/round.js'
import { sourceAnnotators } from '../../../schemas/source-annotators.js'
import type { ImageToMerge } from './image-to-merge.js'

const people: ReadonlySet<string> = new Set(
  sourceAnnotators.filter(({ human }) => human).map(({ annotator }) => annotator),
)

/** Whether a row stands on too little to outlive the checkpoint's silence. */
export function isWeak({ votes, score, support }: AnnotationRow, { weak_votes, weak_score }: MergeRules): boolean {
  return votes < weak_votes && score < weak_score && !support.some((annotator) => people.has(annotator))
}

/** A row of the round before as it stands in this one. */
export function carried<Row extends AnnotationRow>(row: Row, { round }: Pick<ImageToMerge, 'round'>): Row {
  return { ...row, round }
}

/**
 * A row that the checkpoint says too: it joins the support and is no further vote, for it may have learned the row itself.
 * Score and rule stay what they were.
 */
export function confirmed<Row extends AnnotationRow>(
  row: Row,
  annotators: Iterable<string>,
  { round, checkpoint }: Pick<ImageToMerge, 'round' | 'checkpoint'>,
): Row {
  return {
    ...row,
    round,
    support: sorted([...row.support, ...annotators]),
    checkpoints: sorted([...(row.checkpoints ?? []), checkpoint.label]),
  }
}

export function sorted(names: Iterable<string>): string[] {
  return [...new Set(names)].sort()
}

/** What stops in a round, and why. */
export interface RoundReject extends Pick<RejectRow, 'kind' | 'reason' | 'support' | 'votes' | 'score'> {
  /** The checkpoints among the support. */
  readonly checkpoints: string[] | null
  readonly payload: Readonly<Record<string, unknown>>
  readonly failed: Readonly<Record<string, unknown>>
}

export function rejectRow(
  { image, shard, round }: Pick<ImageToMerge, 'image' | 'shard' | 'round'>,
  { payload, failed, ...reject }: RoundReject,
): RejectRow {
  return {
    image_id: image.image_id,
    shard,
    round,
    ...reject,
    rule: 'round_merge',
    stage: 'round',
    payload: JSON.stringify(payload),
    failed: JSON.stringify(failed),
  }
}

/** A row of the round before that this one drops. */
export function dropped(
  merge: ImageToMerge,
  row: AnnotationRow,
  why: Pick<RoundReject, 'kind' | 'reason' | 'failed'>,
): RejectRow {
  const { support, votes, score, checkpoints } = row
  return rejectRow(merge, { ...why, support, votes, score, checkpoints, payload: { row } })
}
