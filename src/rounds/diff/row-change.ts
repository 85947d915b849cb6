/**
 * What may have become of a row between two decisions. `moved`: another box for the same thing. `relabelled`: another label
 * on the same box. `retexted`: other words. `other`: none of these, but another support, rule, mask or value beside them.
 */
export const changeKinds = ['added', 'dropped', 'moved', 'relabelled', 'rescored', 'retexted', 'other'] as const
export type ChangeKind = (typeof changeKinds)[number]

/** A row before and after: null where it was not, or is no longer. */
export interface RowChange<Row> {
  readonly before: Row | null
  readonly after: Row | null
  /** Several may hold; none for a row that is the same. */
  readonly kinds: readonly ChangeKind[]
}

/** Columns that say where a row stands or what it is called: they follow from the others. */
const placeColumns = ['image_id', 'shard', 'round', 'region_id', 'text_id', 'payload']
/** What a rule says of a reject beside its reason: another limit, or other words for it, make no other reject. */
const sayingColumns = ['failed']
const ignoredColumns: ReadonlySet<string> = new Set([...placeColumns, ...sayingColumns])

export function added<Row>(after: Row): RowChange<Row> {
  return { before: null, after, kinds: ['added'] }
}

export function dropped<Row>(before: Row): RowChange<Row> {
  return { before, after: null, kinds: ['dropped'] }
}

/** A row that is still there: `kinds` as found, `other` where they say nothing and a column differs all the same. */
export function kept<Row extends object>(before: Row, after: Row, kinds: readonly ChangeKind[]): RowChange<Row> {
  const columns = Object.keys(after).filter((column) => !ignoredColumns.has(column))
  const same = (column: string) => isSame(Reflect.get(before, column), Reflect.get(after, column))
  return { before, after, kinds: kinds.length > 0 || columns.every(same) ? kinds : ['other'] }
}

/** Whether two cells hold the same; a nullable column that one file was written without is null there. */
export function isSame(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return Object.is(a ?? null, b ?? null)
  return a.length === b.length && a.every((value, index) => Object.is(value, b[index]))
}
