import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import type { Box } from '../../../schemas/geometry.js'
import type { ObjectObservation } from '../../../schemas/observation.js'
import { canonicalLabel, vocabularyOf } from '../../../schemas/vocabularies/index.js'
import { clipToImage } from '../boxes/box-overlap.js'
import { joinModels, type ModelDetections } from '../boxes/detections.js'
import { nms } from '../boxes/nms.js'
import { type Reject, rejectObservation } from '../reject.js'
import { compareObserved, type DecidedImage, distinct, inNameOrder, type Observed, type Source } from '../source.js'
import { calibratedScore, weightedScore } from './agreement.js'
import { type Electorate, electorateOf, isShared } from './electorate.js'

export type ObservedObject = Observed<ObjectObservation>

/**
 * The objects of all sources under canonical labels and calibrated scores, each annotator's own duplicates removed, in
 * an order that depends on what was said only, and who could have said what. What cannot be used is rejected.
 */
export function observeObjects(
  image: DecidedImage,
  sources: readonly Source[],
  config: ConsensusConfig,
): { observed: ObservedObject[]; rejects: Reject[]; electorate: Electorate } {
  const observed: ObservedObject[] = []
  const rejects: Reject[] = []
  const electorate = electorateOf(sources, config)
  for (const source of inNameOrder(sources)) {
    const usable: ObservedObject[] = []
    const vocabulary = vocabularyOf(source.vocabulary)
    for (const observation of source.observations) {
      if (observation.kind !== 'object') continue
      const label = canonicalLabel(observation.label, vocabulary)
      const object = observeObject(image, source, { observation, label }, { config, electorate })
      if ('reason' in object) rejects.push(object)
      else usable.push(object)
    }
    usable.sort(byScore)
    const seen = source.human ? { kept: usable, rejects: [] } : withoutDuplicates(usable, image, config)
    observed.push(...seen.kept)
    rejects.push(...seen.rejects)
  }
  return { observed: observed.sort(byScore), rejects, electorate }
}

function observeObject(
  image: DecidedImage,
  source: Source,
  { observation, label }: { readonly observation: ObjectObservation; readonly label: string },
  { config, electorate }: { readonly config: ConsensusConfig; readonly electorate: Electorate },
): ObservedObject | Reject {
  const box = clipToImage(observation.box, image)
  if (box === null) {
    const failed = { box: observation.box, width: image.width, height: image.height }
    return rejectObservation(source, observation, { reason: 'box_outside_image', rule: 'valid_box', failed })
  }
  const raw = observation.score
  if (!(raw >= -1e-6 && raw <= 1 + 1e-6)) {
    const failed = { score: raw, lowest: 0, highest: 1 }
    return rejectObservation(source, observation, { reason: 'score_not_in_0_1', rule: 'valid_score', failed })
  }
  const { annotator, family, human } = source
  if (human) return { annotator, family, human, observation, label, score: 1, box }
  const calibrated = calibratedScore(annotator, Math.min(1, Math.max(0, raw)), box, config)
  // Who alone knows a label is believed as far as its score says.
  const score = isShared(electorate, label, family) ? weightedScore(annotator, calibrated, config) : calibrated
  return { annotator, family, human, observation, label, score, box }
}

/** Non-maximum suppression within one annotator, label by label. */
function withoutDuplicates(
  objects: readonly ObservedObject[],
  image: DecidedImage,
  config: ConsensusConfig,
): { kept: ObservedObject[]; rejects: Reject[] } {
  const { groupOf } = nms(joinModels([objectColumns(objects)]), { iou: config.model_nms_iou, extent: image })
  const keepers = new Map<number, ObservedObject>()
  for (const [index, object] of objects.entries()) {
    const group = groupOf[index] ?? -1
    const keeper = keepers.get(group)
    if (keeper === undefined || object.score >= keeper.score) keepers.set(group, object)
  }
  const kept = new Set(keepers.values())
  const rejects: Reject[] = []
  for (const [index, object] of objects.entries()) {
    const keeper = keepers.get(groupOf[index] ?? -1)
    if (keeper === undefined || kept.has(object)) continue
    const failed = { kept_box: keeper.box, kept_score: keeper.score, iou_above: config.model_nms_iou }
    const because = { reason: 'duplicate_of_annotator', rule: 'model_nms', failed }
    rejects.push(rejectObservation(object, object.observation, because))
  }
  return { kept: [...kept], rejects }
}

/** Objects as the columns of one model; labels by their place among the sorted labels. */
export function objectColumns(objects: readonly { box: Box; score: number; label: string }[]): ModelDetections {
  const indexOf = new Map(distinct(objects.map((object) => object.label)).map((label, index) => [label, index]))
  return {
    boxes: objects.map((object) => object.box),
    scores: objects.map((object) => object.score),
    labels: objects.map((object) => indexOf.get(object.label) ?? -1),
  }
}

function byScore(a: ObservedObject, b: ObservedObject): number {
  return b.score - a.score || compareObserved(a, b)
}
