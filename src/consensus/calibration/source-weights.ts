import { bestPerImage, cocoFigures, type Detection, type Truth } from '../../measure/index.js'

/** An annotator's boxes, and the labels that it can say; null where it can say any. */
export interface WeighedSource {
  readonly annotator: string
  readonly detections: readonly Detection[]
  /** Canonical, as the truth has them. */
  readonly labels: ReadonlySet<string> | null
}

/** How good an annotator is alone, and how much of its evidence is to count. */
export interface SourceWeight {
  /** COCO's AP over the labels that it can say; null where none of them has true boxes. */
  readonly ap: number | null
  /** 0-1. */
  readonly weight: number
}

/**
 * How steeply weight falls with AP. With 4 weak members do not hurt: three small COCO detectors fused have AP .401 and six,
 * of which three are much weaker, .400, where equal weights lose .02. From 3 to 6 little changes.
 */
const steepness = 4

/**
 * The weight of each annotator: its AP over that of the best one, to the fourth power. Two are compared over the labels that
 * both can say: an annotator that cannot say a label is no worse for it.
 */
export function sourceWeights(sources: readonly WeighedSource[], truth: Truth): ReadonlyMap<string, SourceWeight> {
  const measured = sources.map((source) => {
    const byLabel = cocoFigures(truth, bestOfEachImage(source.detections)).byLabel
    return { ...source, known: new Map([...byLabel].filter(([label]) => source.labels?.has(label) ?? true)) }
  })
  return new Map(
    measured.map(({ annotator, known }) => {
      const shares = measured.map((other) => apShare(known, other.known))
      return [annotator, { ap: mean([...known.values()]), weight: Math.min(1, ...shares) ** steepness }]
    }),
  )
}

/** AP of one over that of another, on their common labels; 1 where there is nothing to compare. */
function apShare(own: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): number {
  const common = [...own].filter(([label]) => other.has(label))
  const theirs = common.reduce((sum, [label]) => sum + (other.get(label) ?? 0), 0)
  return theirs === 0 ? 1 : common.reduce((sum, [, ap]) => sum + ap, 0) / theirs
}

function bestOfEachImage(detections: readonly Detection[]): Detection[] {
  const byImage = new Map<string, Detection[]>()
  for (const detection of detections) {
    const same = byImage.get(detection.image)
    if (same === undefined) byImage.set(detection.image, [detection])
    else same.push(detection)
  }
  return [...byImage.values()].flatMap((same) => same.sort((a, b) => b.score - a.score).slice(0, bestPerImage))
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
