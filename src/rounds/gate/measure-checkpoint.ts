import type { GateImages, GateMeasures } from '../../../schemas/gate.js'
import { boxIou } from '../../../schemas/geometry.js'
import type { GroundedPhraseObservation, Observation } from '../../../schemas/observation.js'
import { canonicalLabel } from '../../../schemas/vocabularies/index.js'
import { cocoFigures, type Detection, type TrueBox } from '../../measure/index.js'
import { ciderD } from './cider.js'

/** A phrase of a text and the box that stands for it. */
export interface TruePhrase extends Pick<GroundedPhraseObservation, 'text' | 'start' | 'end' | 'box'> {}

/** An image that was held out, and what a checkpoint is held against there. */
export interface HeldOutImage {
  readonly image_id: string
  /** Null where nobody looked for objects: nothing that is seen there is a hit or a miss. */
  readonly boxes: readonly TrueBox[] | null
  readonly captions: readonly string[]
  readonly phrases: readonly TruePhrase[]
}

/** What a checkpoint said of an image. */
export interface CheckpointAnswers {
  readonly observations: readonly Observation[]
  readonly failure: string | null
}

/** IoU from which a phrase counts as found. */
const foundIou = 0.5

/** How a checkpoint does over held-out images. An image that it could not process counts as one of which it said nothing. */
export function measureCheckpoint(
  images: readonly HeldOutImage[],
  answers: ReadonlyMap<string, CheckpointAnswers>,
): GateMeasures {
  const said = (image_id: string) => answers.get(image_id)?.observations ?? []
  return {
    objects: averagePrecision(images, said),
    captions: ciderD(
      images.map(({ image_id, captions }) => ({ candidate: briefCaption(said(image_id)), references: captions })),
    ),
    phrases: phraseRecall(images, said),
    failed: images.filter(({ image_id }) => (answers.get(image_id)?.failure ?? null) !== null).length,
  }
}

/** How many images each measure stands on. */
export function imagesMeasured(images: readonly HeldOutImage[]): GateImages {
  return {
    objects: images.filter(({ boxes }) => boxes !== null).length,
    captions: images.filter(({ captions }) => captions.length > 0).length,
    phrases: images.filter(({ phrases }) => phrases.length > 0).length,
  }
}

function averagePrecision(
  held: readonly HeldOutImage[],
  said: (image_id: string) => readonly Observation[],
): number | null {
  const images = held.filter(({ boxes }) => boxes !== null)
  const boxes = images.flatMap((image) => image.boxes ?? [])
  const labels = new Set(boxes.map(({ label }) => label))
  const detections = images.flatMap(({ image_id }) =>
    said(image_id).flatMap((seen): Detection[] =>
      seen.kind === 'object'
        ? [{ image: image_id, label: canonicalLabel(seen.label), box: seen.box, score: seen.score }]
        : [],
    ),
  )
  return cocoFigures({ images: images.map(({ image_id }) => image_id), labels, boxes }, detections).ap
}

function briefCaption(observations: readonly Observation[]): string {
  const brief = observations.find((seen) => seen.kind === 'caption' && seen.granularity === 'brief')
  return brief?.kind === 'caption' ? brief.text : ''
}

function phraseRecall(
  images: readonly HeldOutImage[],
  said: (image_id: string) => readonly Observation[],
): number | null {
  let [found, all] = [0, 0]
  for (const { image_id, phrases } of images) {
    for (const phrase of phrases) {
      all += 1
      if (said(image_id).some((seen) => seen.kind === 'grounded_phrase' && isFound(phrase, seen))) found += 1
    }
  }
  return all === 0 ? null : found / all
}

function isFound(phrase: TruePhrase, seen: GroundedPhraseObservation): boolean {
  const same = seen.text === phrase.text && seen.start < phrase.end && phrase.start < seen.end
  return same && boxIou(seen.box, phrase.box) >= foundIou
}
