import type {
  PhraseRegionRow,
  RegionTextRow,
  RejectRow,
  ShardAnnotations,
  TextRow,
} from '../../../schemas/annotation.js'
import { pairByKey, pairByOverlap } from './pair-rows.js'
import { added, type ChangeKind, dropped, isSame, kept, type RowChange } from './row-change.js'

/** What became of the rows of one image, by table. */
export type ImageChanges = { readonly [Table in keyof ShardAnnotations]: RowChange<ShardAnnotations[Table][number]>[] }

/** Compares two decisions about one image. Pure; neither the order of the rows nor how regions and texts are called matters. */
export function imageChanges(before: ShardAnnotations, after: ShardAnnotations): ImageChanges {
  return {
    text: textChanges(before.text, after.text),
    region_text: regionChanges(before.region_text, after.region_text),
    phrase_region: tripletChanges(before, after),
    rejects: rejectChanges(before.rejects, after.rejects),
  }
}

/** The same words first; of what is left, one text of a granularity and an annotator stands where another stood. */
function textChanges(before: readonly TextRow[], after: readonly TextRow[]): RowChange<TextRow>[] {
  const same = pairByKey(before, after, ({ granularity, text }) => JSON.stringify([granularity, text]))
  const rewritten = pairByKey(same.before, same.after, ({ granularity, support }) =>
    JSON.stringify([granularity, support]),
  )
  return [
    ...same.pairs.map(([one, other]) => kept(one, other, rescored(one, other, ['score', 'similarity']))),
    ...rewritten.pairs.map(([one, other]) => kept(one, other, ['retexted', ...rescored(one, other, ['score'])])),
    ...rewritten.before.map(dropped),
    ...rewritten.after.map(added),
  ]
}

/** Boxes that overlap are one region: first those with the same label, then those of any. Texts that were read have no label. */
function regionChanges(before: readonly RegionTextRow[], after: readonly RegionTextRow[]): RowChange<RegionTextRow>[] {
  const named = pairByOverlap(before, after, ({ kind, label, is_group }) =>
    JSON.stringify([kind, label, is_group ?? false]),
  )
  const renamed = pairByOverlap(named.before, named.after, ({ kind }) => kind)
  return [
    ...named.pairs.map(([one, other]) => kept(one, other, regionKinds(one, other))),
    ...renamed.pairs.map(([one, other]) => kept(one, other, ['relabelled', ...regionKinds(one, other)])),
    ...renamed.before.map(dropped),
    ...renamed.after.map(added),
  ]
}

const boxColumns = ['x1', 'y1', 'x2', 'y2'] as const

function regionKinds(one: RegionTextRow, other: RegionTextRow): ChangeKind[] {
  // What an object with another label is called differs for that reason alone.
  const words = one.label === other.label && differ(one, other, ['phrase', 'brief_text', 'chosen_text'])
  return [
    ...(differ(one, other, [...boxColumns, 'quad']) ? (['moved'] as const) : []),
    ...rescored(one, other, ['score']),
    ...(words ? (['retexted'] as const) : []),
  ]
}

/** The same phrase of the same words, on boxes that overlap. */
function tripletChanges(before: ShardAnnotations, after: ShardAnnotations): RowChange<PhraseRegionRow>[] {
  const [rowsBefore, rowsAfter] = [before.phrase_region, after.phrase_region]
  const found = pairByOverlap(rowsBefore, rowsAfter, phrasePlace(before.text), phrasePlace(after.text))
  return [
    ...found.pairs.map(([one, other]) => kept(one, other, tripletKinds(one, other))),
    ...found.before.map(dropped),
    ...found.after.map(added),
  ]
}

/** Ids of texts count them: what they say is what they are. */
function phrasePlace(texts: readonly TextRow[]): (row: PhraseRegionRow) => string {
  const byId = new Map(texts.map(({ text_id, granularity, text }) => [text_id, [granularity, text]]))
  return ({ text_id, start, end }) => JSON.stringify([byId.get(text_id) ?? text_id, start, end])
}

function tripletKinds(one: PhraseRegionRow, other: PhraseRegionRow): ChangeKind[] {
  return [
    ...(differ(one, other, boxColumns) ? (['moved'] as const) : []),
    ...rescored(one, other, ['score', 'phrase_score', 'box_score']),
  ]
}

/** The same thing stopped for the same reason, whatever the limit was and however the rule says it. */
function rejectChanges(before: readonly RejectRow[], after: readonly RejectRow[]): RowChange<RejectRow>[] {
  const keyOf = ({ kind, stage, reason, support, payload }: RejectRow) =>
    [kind, stage, reason, support.join(' '), payload].join('\0')
  const found = pairByKey(byFailure(before), byFailure(after), keyOf)
  return [
    ...found.pairs.map(([one, other]) => kept(one, other, rescored(one, other, ['score']))),
    ...found.before.map(dropped),
    ...found.after.map(added),
  ]
}

/** Things that cannot be told apart are paired in the order of the values that failed, not of the rows. */
function byFailure(rows: readonly RejectRow[]): RejectRow[] {
  const order = (row: RejectRow) => `${row.rule}\0${row.failed}\0${row.score}`
  return [...rows].sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0))
}

function rescored<Row extends object>(one: Row, other: Row, columns: readonly (keyof Row)[]): ChangeKind[] {
  return differ(one, other, columns) ? ['rescored'] : []
}

function differ<Row extends object>(one: Row, other: Row, columns: readonly (keyof Row)[]): boolean {
  return columns.some((column) => !isSame(one[column], other[column]))
}
