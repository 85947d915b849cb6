import type { TableDiff } from './change-tally.js'
import { readTexts } from './groupings.js'

/** Changes that make the data another: what only gained support, or another score, is the same annotation. */
export const churnKinds = ['added', 'dropped', 'moved', 'relabelled', 'retexted'] as const
export type ChurnKind = (typeof churnKinds)[number]

/** How much a round changed, for each row that was there before; a row that changed in two ways counts under both. */
export interface Churn {
  /** All kinds together: 0 where nothing changed, 1 and more where as much changed as there was. */
  readonly total: number
  readonly shares: Readonly<Record<ChurnKind, number>>
}

/** The churn over some tables together. Where there was no row before, all that is there now is churn: 1. */
export function churnOf(tables: readonly Pick<TableDiff, 'before' | 'changes'>[]): Churn {
  const count = (kind: ChurnKind) => sum(tables.map(({ changes }) => changes[kind]))
  const before = sum(tables.map((table) => table.before)) || Math.max(1, sum(churnKinds.map(count)))
  const shares = {
    added: count('added') / before,
    dropped: count('dropped') / before,
    moved: count('moved') / before,
    relabelled: count('relabelled') / before,
    retexted: count('retexted') / before,
  }
  return { total: sum(churnKinds.map(count)) / before, shares }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0)
}

/** What a checkpoint was asked about regions, and under which name it answered. */
export interface RegionAsker {
  readonly annotator: string
  readonly objects: boolean
  readonly texts: boolean
}

/**
 * Share of the regions before that a checkpoint saw too, under a label that goes with theirs, among those of the kinds that it was
 * asked about; null where there was none, or where it stands behind rows of before already: those that only go on cannot be
 * told from those that it saw again.
 */
export function agreementOf(
  { before, by }: Pick<TableDiff, 'before' | 'by'>,
  { annotator, objects, texts }: RegionAsker,
): number | null {
  const read = by.label?.[readTexts]?.before ?? 0
  const asked = (objects ? before - read : 0) + (texts ? read : 0)
  const said = by.source?.[annotator]
  if (asked === 0 || (said !== undefined && said.before > 0)) return null
  return said === undefined ? 0 : (said.after - said.changes.added - said.changes.relabelled) / asked
}
