import { canonicalLabel } from '../../../schemas/vocabularies/index.js'
import { decideRegions, rankCandidates } from '../../../src/consensus/index.js'
import { bestPerImage, truthLabel } from '../../../src/measure/index.js'
import type { CocoId, CocoTruth } from '../../../src/run/coco-truth.js'
import type { LabelledBox, LabelledImage, LabelledSet } from './labelled-images.js'

/** One line of a COCO result file; the box is x y width height in pixels. */
export interface CocoResult {
  readonly image_id: CocoId
  readonly category_id: CocoId
  readonly score: number
  readonly bbox: readonly [number, number, number, number]
}

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

/** Labels that the truth does not have, nor a wider one, are left out: nothing is known about them. */
function toResults(image_id: CocoId, boxes: readonly LabelledBox[], truth: CocoTruth): CocoResult[] {
  return boxes.flatMap(({ label, score, box: [x1, y1, x2, y2] }) => {
    const category_id = truth.categories.get(truthLabel(canonicalLabel(label), truth.categories))
    return category_id === undefined ? [] : [{ image_id, category_id, score, bbox: [x1, y1, x2 - x1, y2 - y1] }]
  })
}
