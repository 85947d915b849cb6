import type { BoxSize } from '../../schemas/geometry.js'
import type { Detection, Truth } from './labelled-boxes.js'
import { matchPlace, outcomes, placesOf } from './match-boxes.js'

/** A detection that counts, and whether it is right. */
export interface JudgedDetection {
  /** Its index among the detections that were asked about. */
  readonly index: number
  readonly label: string
  readonly score: number
  readonly hit: boolean
}

/** Detections held against the truth at one IoU. */
export interface JudgedDetections {
  /** Best first, over all images and labels; those that are ignored are left out. */
  readonly counted: readonly JudgedDetection[]
  /** True boxes of each label that were to be found. */
  readonly boxes: ReadonlyMap<string, number>
}

export interface JudgeOptions {
  /** .5 unless told. */
  readonly iou?: number
  /** Of true boxes; all unless told. */
  readonly size?: BoxSize | 'all'
}

/** Precision, recall and their harmonic mean; null where there is nothing to divide by. */
export interface PrecisionRecall {
  readonly precision: number | null
  readonly recall: number | null
  readonly f1: number | null
  readonly hits: number
  readonly detections: number
  readonly boxes: number
}

/** Which detections are hits and which misses; matching as in `matchPlace`. */
export function judge(truth: Truth, detections: readonly Detection[], options: JudgeOptions = {}): JudgedDetections {
  const { iou = 0.5, size = 'all' } = options
  const counted: JudgedDetection[] = []
  const boxes = new Map<string, number>()
  for (const place of placesOf(truth, detections)) {
    const { label, found, scores } = place
    const matched = matchPlace(place, { iou, size })
    if (matched.boxes > 0) boxes.set(label, (boxes.get(label) ?? 0) + matched.boxes)
    for (const [at, outcome] of matched.outcomes.entries()) {
      if (outcome === outcomes.ignored) continue
      counted.push({ index: found[at] ?? -1, label, score: scores[at] ?? 0, hit: outcome === outcomes.hit })
    }
  }
  return { counted: counted.sort((a, b) => b.score - a.score), boxes }
}

/** Of all detections that count, labels pooled. */
export function precisionRecall({ counted, boxes }: JudgedDetections): PrecisionRecall {
  const total = [...boxes.values()].reduce((sum, count) => sum + count, 0)
  return figures(counted.filter(({ hit }) => hit).length, counted.length, total)
}

/** The same of each label that was seen or was to be seen, by name. */
export function precisionRecallByLabel({ counted, boxes }: JudgedDetections): ReadonlyMap<string, PrecisionRecall> {
  const labels = [...new Set([...boxes.keys(), ...counted.map(({ label }) => label)])].sort()
  return new Map(
    labels.map((label) => {
      const here = counted.filter((each) => each.label === label)
      return [label, figures(here.filter(({ hit }) => hit).length, here.length, boxes.get(label) ?? 0)]
    }),
  )
}

/** An operating point: what is had from a score on. */
export interface OperatingPoint extends PrecisionRecall {
  readonly threshold: number
}

/** The threshold on the score with the best F1; null without a hit. */
export function bestOperatingPoint({ counted, boxes }: JudgedDetections): OperatingPoint | null {
  const total = [...boxes.values()].reduce((sum, count) => sum + count, 0)
  let best: OperatingPoint | null = null
  let hits = 0
  for (const [at, { score, hit }] of counted.entries()) {
    if (hit) hits++
    // Of equal scores none can be had without the others.
    if (counted[at + 1]?.score === score) continue
    const point = figures(hits, at + 1, total)
    if ((point.f1 ?? 0) > (best?.f1 ?? 0)) best = { ...point, threshold: score }
  }
  return best
}

function figures(hits: number, detections: number, boxes: number): PrecisionRecall {
  return {
    precision: detections === 0 ? null : hits / detections,
    recall: boxes === 0 ? null : hits / boxes,
    f1: detections + boxes === 0 ? null : (2 * hits) / (detections + boxes),
    hits,
    detections,
    boxes,
  }
}
