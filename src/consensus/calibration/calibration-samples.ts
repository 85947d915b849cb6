import type { CalibrationTarget } from '../../../schemas/calibration.js'
import { type ConsensusConfig, consensusConfigSchema } from '../../../schemas/consensus-config.js'
import { boxArea, sizeOfArea } from '../../../schemas/geometry.js'
import { cocoIous, type Detection, judge, type Truth } from '../../measure/index.js'
import { observeObjects } from '../regions/observed-objects.js'
import type { DecidedImage, Source } from '../source.js'
import type { CalibrationSample } from './fit-curves.js'

/** An image and what all annotators said of it. */
export interface AnnotatedImage {
  readonly image: DecidedImage
  readonly sources: readonly Source[]
}

/**
 * The boxes of one annotator that would go into the vote, with raw scores: without its own duplicates, under canonical
 * labels, images named by their `image_id`.
 */
export function rawDetections(
  images: readonly AnnotatedImage[],
  annotator: string,
  { model_nms_iou }: Pick<ConsensusConfig, 'model_nms_iou'>,
): Detection[] {
  const config = consensusConfigSchema.parse({ model_nms_iou })
  return images.flatMap(({ image, sources }) => {
    const own = sources.filter((source) => source.annotator === annotator)
    const { observed } = observeObjects(image, own, config)
    return observed.map(({ label, score, box }) => ({ image: image.image_id, label, score, box }))
  })
}

/**
 * What an annotator's boxes are worth: `hit` says 1 where the box is the best of its label on a true box at IoU .5, else 0;
 * `quality` is the mean of that over COCO's ten IoUs, so that a box in the right place counts for more. What lies on groups
 * at .5, and labels that nobody looked for, say nothing.
 */
export function calibrationSamples(
  detections: readonly Detection[],
  truth: Truth,
  target: CalibrationTarget,
): CalibrationSample[] {
  const worth = new Map<number, number>()
  const ious = target === 'hit' ? [0.5] : cocoIous
  for (const iou of ious) {
    for (const { index, hit } of judge(truth, detections, { iou }).counted) {
      worth.set(index, (worth.get(index) ?? 0) + (hit ? 1 / ious.length : 0))
    }
  }
  return judge(truth, detections).counted.flatMap(({ index }) => {
    const detection = detections[index]
    if (detection === undefined) return []
    const { image, box, score } = detection
    return [{ image, size: sizeOfArea(boxArea(box)), raw: score, worth: Math.min(1, worth.get(index) ?? 0) }]
  })
}
