import { canonicalLabel } from '../../../schemas/vocabularies/index.js'
import { decideRegions, rankCandidates } from '../../../src/consensus/index.js'
import type { CocoTruth } from './coco-truth.js'
import type { LabelledBox, LabelledImage, LabelledSet } from './labelled-images.js'

/** One line of a COCO result file; the box is x y width height in pixels. */
export interface CocoResult {
  readonly image_id: number
  readonly category_id: number
  readonly score: number
  readonly bbox: readonly [number, number, number, number]
}

/** Average precision is measured on this many best boxes per image over all classes. */
const bestPerImage = 100

/** Every detector alone, the engine's candidates before the vote, and the regions after it. */
export interface CocoResults {
  readonly detectors: ReadonlyMap<string, readonly CocoResult[]>
  readonly candidates: readonly CocoResult[]
  readonly committed: readonly CocoResult[]
}

/** Decides every photograph; what a run has committed is taken as it is. */
export function cocoResults(set: LabelledSet, truth: CocoTruth): CocoResults {
  const { config, images } = set
  const collect = (boxes: (image: LabelledImage) => readonly LabelledBox[]): CocoResult[] =>
    images.flatMap((image) => toResults(image.coco_id, boxes(image), truth))
  return {
    detectors: new Map(set.detectors.map((name) => [name, collect((image) => best(boxesOf(image, name)))])),
    candidates: collect(({ image, sources }) => best(rankCandidates({ image, sources, config }))),
    committed: collect(
      ({ image, sources, committed }) => committed ?? decideRegions({ image, sources, config }).regions,
    ),
  }
}

function boxesOf({ sources }: LabelledImage, annotator: string): LabelledBox[] {
  return sources
    .filter((source) => source.annotator === annotator)
    .flatMap((source) => source.observations.flatMap((each) => (each.kind === 'object' ? [each] : [])))
}

function best(boxes: readonly LabelledBox[]): LabelledBox[] {
  return [...boxes].sort((a, b) => b.score - a.score).slice(0, bestPerImage)
}

/** Labels that the truth does not have are left out: nothing is known about them. */
function toResults(image_id: number, boxes: readonly LabelledBox[], truth: CocoTruth): CocoResult[] {
  return boxes.flatMap(({ label, score, box: [x1, y1, x2, y2] }) => {
    const category_id = truth.categories.get(canonicalLabel(label))
    return category_id === undefined ? [] : [{ image_id, category_id, score, bbox: [x1, y1, x2 - x1, y2 - y1] }]
  })
}
