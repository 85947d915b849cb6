import { type CalibrationSample, calibrated, type FittedCurves } from './fit-curves.js'

const folds = 5

/** A sample with the score that curves gave it which were fitted without its image. */
export interface HeldOutSample extends CalibrationSample {
  readonly score: number
}

/**
 * Every sample scored by curves that were fitted on the other images: in five parts, images dealt out in the order of
 * their names. What a fit says of the samples that made it is flattery.
 */
export function heldOut(
  samples: readonly CalibrationSample[],
  curvesOf: (samples: readonly CalibrationSample[]) => FittedCurves,
): HeldOutSample[] {
  const images = [...new Set(samples.map(({ image }) => image))].sort()
  const foldOf = new Map(images.map((image, index) => [image, index % folds]))
  return Array.from({ length: folds }, (_, fold) => {
    const inFold = ({ image }: CalibrationSample) => foldOf.get(image) === fold
    const curves = curvesOf(samples.filter((sample) => !inFold(sample)))
    return samples.filter(inFold).map((sample) => ({ ...sample, score: calibrated(curves, sample) }))
  }).flat()
}

/** Mean cross-entropy in nats: the lower, the better scores say what samples are worth. Null without samples. */
export function meanLoss(samples: readonly HeldOutSample[]): number | null {
  if (samples.length === 0) return null
  const losses = samples.map(({ score, worth }) => {
    const sure = Math.min(1 - 1e-6, Math.max(1e-6, score))
    return -worth * Math.log(sure) - (1 - worth) * Math.log(1 - sure)
  })
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length
}
