import type { AnnotationRow } from '../../../schemas/annotation.js'
import type { Groupings } from './groupings.js'
import type { ChangeKind, RowChange } from './row-change.js'

/** Rows on both sides, and how many of them changed in which way; a row that changed in two ways counts under both. */
export interface ChangeCounts {
  before: number
  after: number
  same: number
  readonly changes: Record<ChangeKind, number>
}

/** A row that changed, without its mask. */
export interface ChangeExample {
  readonly kinds: readonly ChangeKind[]
  readonly image_id: string
  readonly shard: string
  readonly before: Readonly<Record<string, unknown>> | null
  readonly after: Readonly<Record<string, unknown>> | null
}

/** What became of the rows of one table. */
export interface TableDiff extends ChangeCounts {
  /** The same counts by what rows have in common (`rule`, `label`, `source`, `size`, `reason`...), then by its value. */
  readonly by: Readonly<Record<string, Readonly<Record<string, ChangeCounts>>>>
  /** How often which label took another's place, by `before -> after`. */
  readonly relabelled: Readonly<Record<string, number>>
  readonly examples: readonly ChangeExample[]
}

/** Adds up the changes of one table, image by image, in memory that does not grow with them. */
export class ChangeTally<Row extends AnnotationRow> {
  readonly #groupings: Groupings<Row>
  readonly #limit: number
  readonly #counts = noCounts()
  readonly #by = new Map<string, Map<string, ChangeCounts>>()
  readonly #relabelled = new Map<string, number>()
  readonly #examples: ChangeExample[] = []
  readonly #shown = new Map<ChangeKind, number>()

  /** `examples`: how many are kept of each kind of change. */
  constructor(groupings: Groupings<Row>, { examples }: { examples: number }) {
    this.#groupings = groupings
    this.#limit = examples
    for (const name of Object.keys(groupings)) this.#by.set(name, new Map())
  }

  /** Enters the changes of an image. */
  add(changes: readonly RowChange<Row>[]): void {
    // An image gives one of each kind at most: the next may show something else.
    const ofImage = new Set<ChangeKind>()
    for (const change of changes) {
      count(this.#counts, change)
      for (const [name, groupsOf] of Object.entries(this.#groupings)) this.#addToGroups(name, groupsOf, change)
      if (change.kinds.includes('relabelled')) this.#addRelabelled(change)
      if (change.kinds.length > 0) this.#keepExample(change, ofImage)
    }
  }

  result(): TableDiff {
    const by = [...this.#by].map(([name, groups]) => [name, sortedRecord(groups)] as const)
    return {
      ...this.#counts,
      by: Object.fromEntries(by),
      relabelled: sortedRecord(this.#relabelled),
      examples: this.#examples,
    }
  }

  /** A change counts in the groups where the row is now, or was at last. */
  #addToGroups(
    name: string,
    groupsOf: (row: Row) => readonly string[],
    { before, after, kinds }: RowChange<Row>,
  ): void {
    const old = before === null ? [] : groupsOf(before)
    const now = after === null ? [] : groupsOf(after)
    const leading = after === null ? old : now
    for (const group of new Set([...old, ...now])) {
      count(this.#group(name, group), {
        before: old.includes(group) ? before : null,
        after: now.includes(group) ? after : null,
        kinds: leading.includes(group) ? kinds : [],
      })
    }
  }

  #group(name: string, group: string): ChangeCounts {
    const groups = this.#by.get(name) ?? new Map<string, ChangeCounts>()
    const counts = groups.get(group) ?? noCounts()
    this.#by.set(name, groups.set(group, counts))
    return counts
  }

  #addRelabelled({ before, after }: RowChange<Row>): void {
    const labelOf = (row: Row | null) => (row === null ? '' : (this.#groupings.label?.(row).join(', ') ?? ''))
    const key = `${labelOf(before)} -> ${labelOf(after)}`
    this.#relabelled.set(key, (this.#relabelled.get(key) ?? 0) + 1)
  }

  #keepExample({ before, after, kinds }: RowChange<Row>, ofImage: Set<ChangeKind>): void {
    const wanted = kinds.filter((kind) => !ofImage.has(kind) && (this.#shown.get(kind) ?? 0) < this.#limit)
    const row = after ?? before
    if (wanted.length === 0 || row === null) return
    for (const kind of wanted) {
      ofImage.add(kind)
      this.#shown.set(kind, (this.#shown.get(kind) ?? 0) + 1)
    }
    const { image_id, shard } = row
    this.#examples.push({ kinds, image_id, shard, before: withoutMask(before), after: withoutMask(after) })
  }
}

function noCounts(): ChangeCounts {
  const changes = { added: 0, dropped: 0, moved: 0, relabelled: 0, rescored: 0, retexted: 0, other: 0 }
  return { before: 0, after: 0, same: 0, changes }
}

function count(counts: ChangeCounts, { before, after, kinds }: RowChange<unknown>): void {
  if (before !== null) counts.before += 1
  if (after !== null) counts.after += 1
  if (before !== null && after !== null && kinds.length === 0) counts.same += 1
  for (const kind of kinds) counts.changes[kind] += 1
}

const maskColumns: ReadonlySet<string> = new Set(['polygon_points', 'polygon_rings', 'mask_rle'])

/** A mask's outline is longer than all the rest of its row. */
function withoutMask(row: object | null): Record<string, unknown> | null {
  return row === null ? null : Object.fromEntries(Object.entries(row).filter(([column]) => !maskColumns.has(column)))
}

function sortedRecord<Value>(map: ReadonlyMap<string, Value>): Record<string, Value> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)))
}
