import { createHash } from 'node:crypto'
import type { RegionTextRow, RejectRow } from '../../../schemas/annotation.js'
import { type Box, boxIou } from '../../../schemas/geometry.js'
import { labelPhrase } from '../../../schemas/vocabularies/index.js'
import { faintDescription, filledIn } from './fill-region.js'
import type { ImageToMerge, Merged } from './image-to-merge.js'
import {
  boxOfRow,
  labelOfRow,
  mayBeSame,
  type Placed,
  placeSeen,
  type Seen,
  seenBy,
  witnessesOf,
} from './region-places.js'
import { carried, confirmed, dropped, isWeak, rejectRow, sorted } from './row-support.js'

/**
 * Regions of the round before beside what the checkpoint saw. What it says too is confirmed; a weak one that it names
 * otherwise takes its label where a specialist saw that as well; a weak one that it is silent about goes; all others stay.
 * What it alone proposes needs a specialist that saw the same there, with however low a score. Descriptions and masks that
 * were missing are filled in. Every region of the round before is a row or a reject, once, and so is all that the checkpoint saw.
 */
export function mergeRegions(merge: ImageToMerge): Merged<RegionTextRow> {
  const { before, checkpoint, rules } = merge
  const specialists = seenBy(merge.specialists, rules.witness_score)
  const said = seenBy(checkpoint.voices, 0)
  const heard = said.filter(({ score }) => score >= rules.checkpoint_score)
  const placed = placeSeen(before.region_text, heard, merge)
  const rows: RegionTextRow[] = []
  const low = { lowest_score: rules.checkpoint_score }
  const rejects = said.slice(heard.length).map((seen) => proposalReject(seen, 'below_checkpoint_score', low, merge))
  const goingOn = keptRegions({ placed, specialists }, merge)
  for (const row of before.region_text) {
    const kept = goingOn.get(row.region_id) ?? null
    if (kept === null) rejects.push(silentReject(row, placed, merge))
    else {
      const faint = faintDescription(kept, merge)
      rows.push(filledIn(kept, faint !== null, merge))
      if (faint !== null) rejects.push(faint)
    }
    const other = placed.other.get(row.region_id)
    const taken = kept !== null && labelOfRow(kept) === other?.label
    if (other !== undefined && !taken) rejects.push(otherName(other, row, merge))
  }
  for (const seen of placed.free) {
    const found = proposed(seen, { rows, specialists }, merge)
    if ('region_id' in found) rows.push(found)
    else rejects.push(found)
  }
  return { rows, rejects }
}

interface RegionEvidence {
  readonly placed: Placed
  readonly specialists: readonly Seen[]
}

/** The regions of the round before as they go on, by region_id; in whatever order they come, one of two takes a label there. */
function keptRegions(evidence: RegionEvidence, merge: ImageToMerge): Map<string, RegionTextRow | null> {
  const kept = new Map<string, RegionTextRow | null>()
  const inOrder = [...merge.before.region_text].sort((a, b) => (a.region_id < b.region_id ? -1 : 1))
  for (const row of inOrder) {
    const others = () => inOrder.flatMap((each) => (each === row ? [] : [kept.get(each.region_id) ?? each]))
    kept.set(row.region_id, keptRegion(row, { ...evidence, others }, merge))
  }
  return kept
}

/** The region as it goes on; null where it does not. */
function keptRegion(
  row: RegionTextRow,
  { placed, specialists, others }: RegionEvidence & { readonly others: () => readonly RegionTextRow[] },
  merge: ImageToMerge,
): RegionTextRow | null {
  const same = placed.same.get(row.region_id)
  if (same !== undefined) return confirmed(row, [same.annotator], merge)
  const { asked } = merge.checkpoint
  const isAsked = row.kind === 'object' ? asked.objects && row.is_group !== true : asked.text_regions
  if (!isAsked || !isWeak(row, merge.rules)) return carried(row, merge)
  const other = placed.other.get(row.region_id)
  if (other === undefined || row.kind === 'text') return null
  const witnesses = witnessesOf(other, specialists, merge)
  if (witnesses.length === 0) return null
  // Another region of that label may stand there: then this one is none.
  const there = standingAt({ ...other, box: boxOfRow(row) }, others(), merge)
  return there === undefined ? relabelled(row, other, witnesses, merge) : null
}

/** What stands at the place of something already and may be the same. */
function standingAt(
  seen: Pick<Seen, 'kind' | 'label' | 'box'>,
  rows: readonly RegionTextRow[],
  { rules }: ImageToMerge,
): RegionTextRow | undefined {
  return rows.find((row) => mayBeSame(row, seen) && boxIou(boxOfRow(row), seen.box) >= rules.same_place_iou)
}

/** The place stays; what stands behind it is who gives it the new label. */
function relabelled(
  row: RegionTextRow,
  { annotator, label, score }: Seen,
  witnesses: readonly Seen[],
  { round, checkpoint }: ImageToMerge,
): RegionTextRow {
  const before = labelOfRow(row)
  const phrase = labelPhrase(label)
  return {
    ...{ ...row, round, checkpoints: [checkpoint.label] },
    support: sorted([annotator, ...witnesses.map((each) => each.annotator)]),
    score: mean([score, ...witnesses.map((each) => each.score)]),
    votes: new Set(witnesses.map(({ family }) => family)).size,
    rule: 'round_relabelled',
    label,
    alternatives: [before, ...row.alternatives.filter((each) => each !== label && each !== before)],
    // What was said of it under the other label says nothing of this one.
    ...{ phrase, brief_text: null, noun_chunks: [], chosen_text: phrase, chosen_from: 'phrase', similarity: null },
  }
}

function silentReject(row: RegionTextRow, { other }: Placed, merge: ImageToMerge): RejectRow {
  const { weak_votes, weak_score } = merge.rules
  const instead = other.get(row.region_id)
  const failed = {
    ...{ votes: row.votes, lowest_votes: weak_votes, score: row.score, lowest_score: weak_score },
    checkpoint: merge.checkpoint.label,
    ...(instead === undefined ? {} : { sees_instead: instead.label }),
  }
  const kind = row.kind === 'object' ? 'object' : 'text_region'
  return dropped(merge, row, {
    kind,
    reason: instead === undefined ? 'checkpoint_silent' : 'checkpoint_differs',
    failed,
  })
}

/** Another name for what is at a place is no second region there. */
function otherName(seen: Seen, row: RegionTextRow, merge: ImageToMerge): RejectRow {
  return proposalReject(seen, 'named_otherwise', { region_id: row.region_id, label: labelOfRow(row) }, merge)
}

/** A new region where it is borne out; why not, where it is not. */
function proposed(
  seen: Seen,
  { rows, specialists }: { rows: readonly RegionTextRow[]; specialists: readonly Seen[] },
  merge: ImageToMerge,
): RegionTextRow | RejectRow {
  const { rules } = merge
  const there = standingAt(seen, rows, merge)
  if (there !== undefined) return proposalReject(seen, 'already_there', { region_id: there.region_id }, merge)
  const witnesses = witnessesOf(seen, specialists, merge)
  const failed = { witnesses: 0, lowest_score: rules.witness_score, lowest_iou: rules.same_place_iou }
  return witnesses.length === 0
    ? proposalReject(seen, 'not_borne_out', failed, merge)
    : newRegion(seen, witnesses, merge)
}

function proposalReject(
  { kind, annotator, score, observation }: Seen,
  reason: string,
  failed: Readonly<Record<string, unknown>>,
  merge: ImageToMerge,
): RejectRow {
  return rejectRow(merge, {
    ...{ kind: kind === 'object' ? 'object' : 'text_region', reason, failed, support: [annotator], votes: 0, score },
    checkpoints: [merge.checkpoint.label],
    payload: { observations: [{ annotator, ...observation }] },
  })
}

/** Its box is the mean of all that saw it, by their scores; its votes are the specialists' families alone. */
function newRegion(seen: Seen, witnesses: readonly Seen[], merge: ImageToMerge): RegionTextRow {
  const { image, shard, round, checkpoint } = merge
  const all = [seen, ...witnesses]
  const box = meanBox(all, image)
  const [x1, y1, x2, y2] = box
  const { kind, observation } = seen
  const phrase = observation.kind === 'object' ? labelPhrase(seen.label) : observation.text
  const noMask = {
    ...{ polygon_points: null, polygon_rings: null, mask_rle: null, mask_score: null, mask_stability: null },
  }
  return {
    ...{ image_id: image.image_id, shard, round, checkpoints: [checkpoint.label] },
    support: sorted(all.map(({ annotator }) => annotator)),
    votes: new Set(witnesses.map(({ family }) => family)).size,
    score: mean(all.map(({ score }) => score)),
    rule: 'round_borne_out',
    region_id: regionId(image.image_id, { kind, label: seen.label, box }),
    ...{ kind, x1, y1, x2, y2 },
    quad: observation.kind === 'object' ? null : [...observation.quad],
    label: kind === 'object' ? seen.label : null,
    ...{ alternatives: [], phrase, brief_text: null, noun_chunks: [], chosen_text: phrase, chosen_from: 'phrase' },
    similarity: null,
    dispersion: 1 - mean(all.map((each) => boxIou(each.box, box))),
    is_group: kind === 'object' ? false : null,
    ...noMask,
  }
}

/** Weighed by scores; inside the image whatever floats make of it. */
function meanBox(all: readonly Seen[], { width, height }: ImageToMerge['image']): Box {
  const weight = all.reduce((sum, { score }) => sum + score, 0)
  const side = (at: 0 | 1 | 2 | 3) => {
    const mean = all.reduce((sum, { box, score }) => sum + box[at] * score, 0) / weight
    return Math.min(at % 2 === 0 ? width : height, Math.max(0, mean))
  }
  return weight === 0 ? (all[0]?.box ?? [0, 0, 0, 0]) : [side(0), side(1), side(2), side(3)]
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** As consensus names regions, by what they are: `<image_id>/o-3f9a2c41d0`; of a round, so that the two never meet. */
function regionId(image_id: string, { kind, label, box }: { kind: string; label: string; box: Box }): string {
  const content = JSON.stringify(['round', kind, label, ...box.map((side) => Math.round(side * 100))])
  return `${image_id}/${kind.charAt(0)}-${createHash('sha256').update(content).digest('hex').slice(0, 10)}`
}
