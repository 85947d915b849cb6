import type { BoxSize } from '../../schemas/geometry.js'
import type { Detection, Truth } from './labelled-boxes.js'
import { matchPlace, outcomes, type Place, placesOf } from './match-boxes.js'

/** COCO's figures, 0-1; null where no true box was to be found. */
export interface CocoFigures {
  /** Mean over labels of the average precision, IoU .50 to .95. */
  readonly ap: number | null
  readonly ap50: number | null
  readonly ap75: number | null
  /** Mean over labels and IoUs of the recall with so many detections of each image and label. */
  readonly ar1: number | null
  readonly ar10: number | null
  readonly ar100: number | null
  readonly bySize: Readonly<Record<BoxSize, { readonly ap: number | null; readonly ar100: number | null }>>
  /** AP of each label that has true boxes. */
  readonly byLabel: ReadonlyMap<string, number>
}

/** .50, .55 .. .95, to the last digit as numpy's linspace has them. */
export const cocoIous: readonly number[] = Array.from({ length: 10 }, (_, index) =>
  index === 9 ? 0.95 : 0.5 + index * ((0.95 - 0.5) / 9),
)
const recallSteps = Array.from({ length: 101 }, (_, index) => (index === 100 ? 1 : index * 0.01))

/**
 * Average precision and recall of detections as pycocotools' COCOeval has them for boxes: 101 points of recall, ten IoUs,
 * at most 100 detections of an image and label (Lin et al., arXiv 1405.0312).
 */
export function cocoFigures(truth: Truth, detections: readonly Detection[]): CocoFigures {
  const places = placesByLabel(placesOf(truth, detections))
  const all = labelCurves(places, 'all')
  const ofSize = (size: BoxSize) => {
    const curves = labelCurves(places, size)
    return { ap: meanPrecision(curves), ar100: meanRecall(curves, 2) }
  }
  return {
    ap: meanPrecision(all),
    ap50: meanPrecision(all, 0),
    ap75: meanPrecision(all, 5),
    ar1: meanRecall(all, 0),
    ar10: meanRecall(all, 1),
    ar100: meanRecall(all, 2),
    bySize: { small: ofSize('small'), medium: ofSize('medium'), large: ofSize('large') },
    byLabel: new Map(all.map((curves) => [curves.label, meanPrecision([curves]) ?? 0])),
  }
}

interface LabelCurves {
  readonly label: string
  /** Average precision at each IoU. */
  readonly precisions: readonly number[]
  /** Recall at each IoU with 1, 10 and 100 detections of an image. */
  readonly recalls: readonly [readonly number[], readonly number[], readonly number[]]
}

/** Over all IoUs, or at one by its index. */
function meanPrecision(curves: readonly LabelCurves[], at?: number): number | null {
  return mean(curves.flatMap(({ precisions }) => (at === undefined ? precisions : (precisions[at] ?? []))))
}

function meanRecall(curves: readonly LabelCurves[], most: 0 | 1 | 2): number | null {
  return mean(curves.flatMap(({ recalls }) => recalls[most]))
}

function placesByLabel(places: readonly Place[]): ReadonlyMap<string, readonly Place[]> {
  const byLabel = new Map<string, Place[]>()
  for (const place of places) {
    const same = byLabel.get(place.label)
    if (same === undefined) byLabel.set(place.label, [place])
    else same.push(place)
  }
  return byLabel
}

/** Of all labels that have true boxes of the size. */
function labelCurves(places: ReadonlyMap<string, readonly Place[]>, size: BoxSize | 'all'): LabelCurves[] {
  const curves: LabelCurves[] = []
  for (const [label, here] of places) {
    const matched = cocoIous.map((iou) => matchLabel(here, { iou, size }))
    const boxes = matched[0]?.boxes ?? 0
    if (boxes === 0) continue
    const recalls = (most: number) => matched.map(({ ranked }) => hitsAmong(ranked, most) / boxes)
    curves.push({
      label,
      precisions: matched.map(({ ranked }) => averagePrecision(ranked, boxes)),
      recalls: [recalls(1), recalls(10), recalls(100)],
    })
  }
  return curves
}

/** A detection of a label over all images. */
interface RankedDetection {
  readonly score: number
  readonly hit: boolean
  /** Its place among those of its image. */
  readonly rank: number
}

/** The detections that count, best first, and the true boxes. */
function matchLabel(places: readonly Place[], question: { iou: number; size: BoxSize | 'all' }) {
  const ranked: RankedDetection[] = []
  let boxes = 0
  for (const place of places) {
    const matched = matchPlace(place, question)
    boxes += matched.boxes
    for (const [rank, outcome] of matched.outcomes.entries()) {
      if (outcome === outcomes.ignored) continue
      ranked.push({ score: place.scores[rank] ?? 0, hit: outcome === outcomes.hit, rank })
    }
  }
  return { ranked: ranked.sort((a, b) => b.score - a.score), boxes }
}

function hitsAmong(ranked: readonly RankedDetection[], most: number): number {
  return ranked.filter(({ hit, rank }) => hit && rank < most).length
}

/** The mean of the precision at 101 points of recall, where at each point the best precision of any higher recall counts. */
function averagePrecision(ranked: readonly RankedDetection[], boxes: number): number {
  const precision = new Float64Array(ranked.length)
  const recall = new Float64Array(ranked.length)
  let hits = 0
  for (const [at, { hit }] of ranked.entries()) {
    if (hit) hits++
    precision[at] = hits / (at + 1)
    recall[at] = hits / boxes
  }
  for (let at = ranked.length - 2; at >= 0; at--) {
    precision[at] = Math.max(precision[at] ?? 0, precision[at + 1] ?? 0)
  }
  let sum = 0
  let at = 0
  for (const step of recallSteps) {
    while (at < ranked.length && (recall[at] ?? 0) < step) at++
    sum += precision[at] ?? 0
  }
  return sum / recallSteps.length
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
