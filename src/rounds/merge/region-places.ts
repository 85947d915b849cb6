import type { RegionTextRow } from '../../../schemas/annotation.js'
import { type Box, boxIou } from '../../../schemas/geometry.js'
import type { ObjectObservation, TextRegionObservation } from '../../../schemas/observation.js'
import { canonicalLabel, wider } from '../../../schemas/vocabularies/index.js'
import type { ImageToMerge, Voice } from './image-to-merge.js'

/** Something at a place, said by one annotator: an object's canonical label or the text that was read. */
export interface Seen {
  readonly kind: 'object' | 'text'
  readonly annotator: string
  readonly family: string
  readonly label: string
  readonly score: number
  readonly box: Box
  readonly observation: ObjectObservation | TextRegionObservation
}

/** What voices saw with at least this score, best first; the order does not depend on theirs. */
export function seenBy(voices: readonly Voice[], lowest: number): Seen[] {
  const seen = voices.flatMap(({ annotator, family, observations }) =>
    observations.flatMap((observation): Seen[] => {
      if (observation.kind !== 'object' && observation.kind !== 'text_region') return []
      if (observation.score < lowest) return []
      const { score, box } = observation
      const isObject = observation.kind === 'object'
      const label = isObject ? canonicalLabel(observation.label) : readText(observation.text)
      return [{ kind: isObject ? 'object' : 'text', annotator, family, label, score, box, observation }]
    }),
  )
  return seen.sort((a, b) => b.score - a.score || compare(keyOf(a), keyOf(b)))
}

function keyOf({ kind, label, box, annotator }: Seen): string {
  return JSON.stringify([kind, label, box, annotator])
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function boxOfRow({ x1, y1, x2, y2 }: Pick<RegionTextRow, 'x1' | 'y1' | 'x2' | 'y2'>): Box {
  return [x1, y1, x2, y2]
}

/** The label of a row as `Seen` has it. */
export function labelOfRow({ kind, label, phrase }: RegionTextRow): string {
  return kind === 'object' ? canonicalLabel(label ?? phrase) : readText(phrase)
}

/** What two readings of one text have in common: letters and digits, in any case; all of it where it has neither. */
function readText(text: string): string {
  const read = text.normalize('NFKC').toLowerCase()
  return read.replace(/[^\p{L}\p{N}]+/gu, '') || read.trim()
}

/** Whether a row and something seen may be one thing: the same text, or labels of which one may be wider (`car`, `vehicle`). */
export function mayBeSame(row: RegionTextRow, { kind, label: seen }: Pick<Seen, 'kind' | 'label'>): boolean {
  if (row.kind !== kind) return false
  const label = labelOfRow(row)
  return label === seen || (kind === 'object' && (wider(label).includes(seen) || wider(seen).includes(label)))
}

/** What the checkpoint saw and where it stands in the round before. */
export interface Placed {
  /** By region_id: what the checkpoint says of the region too, best overlap first. */
  readonly same: ReadonlyMap<string, Seen>
  /** By region_id: what the checkpoint sees at the place of a region that it does not name so. */
  readonly other: ReadonlyMap<string, Seen>
  /** What stands nowhere in the round before. */
  readonly free: readonly Seen[]
}

/** Pairs what the checkpoint saw with regions at the same place, one to one: the same labels first, by overlap. */
export function placeSeen(
  rows: readonly RegionTextRow[],
  seen: readonly Seen[],
  { rules }: Pick<ImageToMerge, 'rules'>,
): Placed {
  const pairs = rows.flatMap((row) =>
    seen
      .filter(({ kind }) => kind === row.kind)
      .map((each) => ({
        row,
        each,
        iou: boxIou(boxOfRow(row), each.box),
        same: mayBeSame(row, each),
      }))
      .filter(({ iou }) => iou >= rules.same_place_iou),
  )
  pairs.sort(
    (a, b) =>
      Number(b.same) - Number(a.same) ||
      b.iou - a.iou ||
      compare(a.row.region_id, b.row.region_id) ||
      compare(keyOf(a.each), keyOf(b.each)),
  )
  const [same, other, taken] = [new Map<string, Seen>(), new Map<string, Seen>(), new Set<Seen>()]
  for (const pair of pairs) {
    const { region_id } = pair.row
    if (taken.has(pair.each) || same.has(region_id) || other.has(region_id)) continue
    taken.add(pair.each)
    if (pair.same) same.set(region_id, pair.each)
    else other.set(region_id, pair.each)
  }
  return { same, other, free: seen.filter((each) => !taken.has(each)) }
}

/** What specialists saw at the place of something and called the same, the best of each annotator. */
export function witnessesOf(
  { kind, label, box }: Pick<Seen, 'kind' | 'label' | 'box'>,
  specialists: readonly Seen[],
  { rules }: Pick<ImageToMerge, 'rules'>,
): Seen[] {
  const found = new Map<string, Seen>()
  for (const each of specialists) {
    if (each.kind !== kind || each.label !== label || found.has(each.annotator)) continue
    if (boxIou(each.box, box) >= rules.same_place_iou) found.set(each.annotator, each)
  }
  return [...found.values()]
}
