import { z } from 'zod'

const unit = z.number().min(0).max(1)

/** Points that a curve has at most: more would follow single detections. */
export const mostCurvePoints = 64

/** Raw and calibrated score, both rising: between two points the line between them, outside the nearest point's value. */
export const calibrationCurveSchema = z
  .array(z.tuple([unit, unit]))
  .min(1)
  .max(mostCurvePoints)
  .refine(
    (points) => points.every(([raw, score], at) => at === 0 || rises(points[at - 1], raw, score)),
    'calibration points rise: each raw score above the one before, each calibrated score not below it',
  )
export type CalibrationCurve = readonly (readonly [raw: number, calibrated: number])[]

/** Curves for boxes of one size, COCO's by the area of the box: small below 32 x 32 pixels, large from 96 x 96. */
export const curvesBySizeSchema = z
  .object({
    small: calibrationCurveSchema.optional(),
    medium: calibrationCurveSchema.optional(),
    large: calibrationCurveSchema.optional(),
  })
  .strict()

function rises(before: readonly [number, number] | undefined, raw: number, score: number): boolean {
  return before !== undefined && raw > before[0] && score >= before[1]
}
