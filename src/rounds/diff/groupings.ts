import type { AnnotationRow, AnnotationTable, RegionTextRow, ShardAnnotations } from '../../../schemas/annotation.js'
import { boxArea, sizeOfArea } from '../../../schemas/geometry.js'
import { type BoxedRow, boxOf } from './pair-rows.js'

/** What rows of a table are grouped by, by name: each gives the groups that a row is in. */
export type Groupings<Row> = Readonly<Record<string, (row: Row) => readonly string[]>>

const byRule = { rule: ({ rule }: AnnotationRow) => [rule] }
/** A row is in the group of each annotator that supports it. */
const bySource = { source: ({ support }: AnnotationRow) => support }
const bySize = { size: (row: BoxedRow) => [sizeOfArea(boxArea(boxOf(row)))] }

/** What the rows of each table are grouped by. Phrases are not: there is no end to them. */
export const groupingsOf: { readonly [Table in AnnotationTable]: Groupings<ShardAnnotations[Table][number]> } = {
  text: { ...byRule, granularity: ({ granularity }) => [granularity], ...bySource },
  region_text: { ...byRule, label: (row) => [regionLabel(row)], ...bySource, ...bySize },
  phrase_region: { ...byRule, ...bySource, ...bySize },
  rejects: { reason: ({ reason }) => [reason], kind: ({ kind }) => [kind], ...bySource },
}

/** The group of texts that were read, which have no label. */
export const readTexts = '(text)'

/** The label of a region as a diff names it: texts that were read are one group, boxes around many are not single ones. */
function regionLabel({ label, is_group }: RegionTextRow): string {
  if (label === null) return readTexts
  return is_group === true ? `${label} (group)` : label
}
