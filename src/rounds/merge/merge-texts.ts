import type { RejectRow, TextRow } from '../../../schemas/annotation.js'
import { type Granularity, granularities } from '../../../schemas/observation.js'
import type { ImageToMerge, Merged } from './image-to-merge.js'
import { carried, confirmed, rejectRow } from './row-support.js'

/**
 * Texts of the round before beside those of the checkpoint that passed the filters of consensus. The same words are
 * confirmed. A granularity that has no text yet takes the checkpoint's (the texts that earlier rounds could not write); one
 * that has takes a few more where they are borne out: near to the image, or naming only what regions or specialists saw. What
 * it says with a score below `text_score` is not heard.
 * Silence says nothing of a text: a caption lists no other captions.
 */
export function mergeTexts(merge: ImageToMerge): Merged<TextRow> {
  const ours = new Set(merge.checkpoint.voices.map(({ annotator }) => annotator))
  const said = merge.decided.text.filter(({ support }) => support.some((annotator) => ours.has(annotator)))
  const rows = merge.before.text.map((row) => {
    const again = said.find((each) => each.granularity === row.granularity && each.text === row.text)
    return again === undefined
      ? carried(row, merge)
      : confirmed(
          row,
          again.support.filter((name) => ours.has(name)),
          merge,
        )
  })
  const rejects: RejectRow[] = []
  for (const granularity of granularities) {
    const there = rows.filter((row) => row.granularity === granularity)
    const known = new Set(there.map(({ text }) => text))
    const proposed = said.filter((row) => row.granularity === granularity && !known.has(row.text))
    const added = addedTexts(proposed, { filled: there.length > 0, granularity }, merge)
    rows.push(...named(added.rows, there, merge))
    rejects.push(...added.rejects)
  }
  return { rows, rejects }
}

/** Best first, as consensus ranked them. */
function addedTexts(
  proposed: readonly TextRow[],
  { filled, granularity }: { filled: boolean; granularity: Granularity },
  merge: ImageToMerge,
): Merged<TextRow> {
  const { rules } = merge
  const rows: TextRow[] = []
  const rejects: RejectRow[] = []
  for (const row of proposed) {
    if (row.score < rules.text_score)
      rejects.push(refused(row, 'below_checkpoint_score', { score: row.score, lowest_score: rules.text_score }, merge))
    else if (rows.length >= rules.new_texts)
      rejects.push(refused(row, 'enough_texts', { granularity, most: rules.new_texts }, merge))
    else if (!filled) rows.push({ ...row, rule: 'round_fills' })
    else if (isBorneOut(row, rules.text_similarity)) rows.push({ ...row, rule: 'round_borne_out' })
    else {
      const { similarity, labels, unsupported_labels } = row
      const failed = { similarity, lowest_similarity: rules.text_similarity, labels, unsupported_labels }
      rejects.push(refused(row, 'not_borne_out', failed, merge))
    }
  }
  return { rows, rejects }
}

function isBorneOut({ similarity, labels, unsupported_labels }: TextRow, lowest: number): boolean {
  if (similarity !== null) return similarity >= lowest
  return labels !== null && labels.length > 0 && unsupported_labels?.length === 0
}

/** Ids go on behind those that are there. */
function named(rows: readonly TextRow[], there: readonly TextRow[], { image, round }: ImageToMerge): TextRow[] {
  const taken = new Set(there.map(({ text_id }) => text_id))
  let next = 0
  return rows.map((row) => {
    while (taken.has(`${image.image_id}/${row.granularity}${next}`)) next += 1
    const text_id = `${image.image_id}/${row.granularity}${next}`
    taken.add(text_id)
    return { ...row, text_id, round }
  })
}

function refused(
  row: TextRow,
  reason: string,
  failed: Readonly<Record<string, unknown>>,
  merge: ImageToMerge,
): RejectRow {
  const { support, votes, score, checkpoints } = row
  return rejectRow(merge, { kind: 'text', reason, failed, support, votes, score, checkpoints, payload: { row } })
}
