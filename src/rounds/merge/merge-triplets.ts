import type { PhraseRegionRow, RegionTextRow, RejectRow, TextRow } from '../../../schemas/annotation.js'
import { boxIou } from '../../../schemas/geometry.js'
import type { ImageToMerge, Merged } from './image-to-merge.js'
import { boxOfRow } from './region-places.js'
import { carried, confirmed, dropped, isWeak, rejectRow } from './row-support.js'

/** Rows of this round that triplets stand on. */
export interface TripletGround {
  readonly texts: readonly TextRow[]
  readonly regions: readonly RegionTextRow[]
}

/**
 * Phrases of the round before beside those that the checkpoint grounded. The same phrase at the same place is confirmed; a
 * weak one that the checkpoint grounds elsewhere or not at all goes, and so does one whose text or region went. What it alone
 * grounds needs an agreed region there: a region is what bears a phrase out. Every triplet of the round before is a row or a
 * reject, once.
 */
export function mergeTriplets(ground: TripletGround, merge: ImageToMerge): Merged<PhraseRegionRow> {
  const grounded = groundedNow(ground, merge)
  const rows: PhraseRegionRow[] = []
  const rejects: RejectRow[] = []
  const taken = new Set<PhraseRegionRow>()
  for (const row of merge.before.phrase_region) {
    const again = grounded.find((each) => !taken.has(each) && isSame(row, each, merge))
    const lost = lostGround(row, ground, merge)
    // Where the old triplet goes, the new one is asked about for itself.
    if (again !== undefined && lost === null) taken.add(again)
    if (lost !== null)
      rejects.push(dropped(merge, row, { kind: 'phrase', reason: lost, failed: { region_id: row.region_id } }))
    else if (again !== undefined) rows.push(confirmed(row, ours(again, merge), merge))
    else if (merge.checkpoint.asked.phrases && isWeak(row, merge.rules)) rejects.push(silent(row, merge))
    else rows.push(carried(row, merge))
  }
  for (const row of grounded) {
    if (taken.has(row)) continue
    const found = onAgreedRegion(row, { ground, rows }, merge)
    if ('text_id' in found) rows.push(found)
    else rejects.push(found)
  }
  return { rows, rejects }
}

/** What the checkpoint grounded, with the ids that its texts have in this round. */
function groundedNow({ texts }: TripletGround, merge: ImageToMerge): PhraseRegionRow[] {
  const idOf = new Map(texts.map((row) => [`${row.granularity} ${row.text}`, row.text_id]))
  const now = new Map(
    merge.decided.text.map((row) => [row.text_id, idOf.get(`${row.granularity} ${row.text}`)] as const),
  )
  return merge.decided.phrase_region.flatMap((row) => {
    const text_id = now.get(row.text_id)
    return text_id === undefined || ours(row, merge).length === 0 ? [] : [{ ...row, text_id }]
  })
}

function ours({ support }: PhraseRegionRow, { checkpoint }: ImageToMerge): string[] {
  return support.filter((name) => checkpoint.voices.some(({ annotator }) => annotator === name))
}

/** Families behind a triplet beside the checkpoint's, which is no vote. */
function otherFamilies({ support }: PhraseRegionRow, { checkpoint, specialists }: ImageToMerge): number {
  const ours = new Set(checkpoint.voices.map(({ annotator }) => annotator))
  const families = new Map(specialists.map(({ annotator, family }) => [annotator, family]))
  return new Set(support.filter((name) => !ours.has(name)).map((name) => families.get(name) ?? name)).size
}

function isSame(a: PhraseRegionRow, b: PhraseRegionRow, { rules }: ImageToMerge): boolean {
  if (a.text_id !== b.text_id || a.start !== b.start || a.end !== b.end) return false
  return a.region_id === b.region_id || boxIou(boxOfRow(a), boxOfRow(b)) >= rules.same_place_iou
}

/** Why a triplet cannot go on: its text or its region did not. Regions that phrases have for themselves are in no table. */
function lostGround(row: PhraseRegionRow, { texts, regions }: TripletGround, { before }: ImageToMerge): string | null {
  if (!texts.some(({ text_id }) => text_id === row.text_id)) return 'text_not_kept'
  const was = before.region_text.some(({ region_id }) => region_id === row.region_id)
  return was && !regions.some(({ region_id }) => region_id === row.region_id) ? 'region_not_kept' : null
}

function silent(row: PhraseRegionRow, merge: ImageToMerge): RejectRow {
  const { weak_votes, weak_score } = merge.rules
  const failed = { votes: row.votes, lowest_votes: weak_votes, score: row.score, lowest_score: weak_score }
  const checkpoint = merge.checkpoint.label
  return dropped(merge, row, { kind: 'phrase', reason: 'checkpoint_silent', failed: { ...failed, checkpoint } })
}

/** A new triplet, on the region that its box overlaps most; why not, where there is none. */
function onAgreedRegion(
  row: PhraseRegionRow,
  { ground, rows }: { ground: TripletGround; rows: readonly PhraseRegionRow[] },
  merge: ImageToMerge,
): PhraseRegionRow | RejectRow {
  const { support, votes, score, checkpoints } = row
  const place = (region: RegionTextRow) => boxIou(boxOfRow(region), boxOfRow(row))
  const [nearest] = [...ground.regions].sort((a, b) => place(b) - place(a) || (a.region_id < b.region_id ? -1 : 1))
  const iou = nearest === undefined ? 0 : place(nearest)
  const refuse = (reason: string, failed: Readonly<Record<string, unknown>>) =>
    rejectRow(merge, { kind: 'phrase', reason, failed, support, votes, score, checkpoints, payload: { row } })
  if (nearest === undefined || iou < merge.rules.same_place_iou) {
    return refuse('not_borne_out', { iou, lowest_iou: merge.rules.same_place_iou })
  }
  const { region_id, x1, y1, x2, y2 } = nearest
  const isThere = rows.some(
    (each) =>
      each.text_id === row.text_id && each.start === row.start && each.end === row.end && each.region_id === region_id,
  )
  if (isThere) return refuse('already_there', { region_id })
  const { polygon_points, polygon_rings, mask_rle, mask_score, mask_stability } = nearest
  return {
    ...row,
    ...{ round: merge.round, rule: 'round_borne_out', votes: otherFamilies(row, merge), region_id, x1, y1, x2, y2 },
    ...{ polygon_points, polygon_rings, mask_rle, mask_score, mask_stability },
  }
}
