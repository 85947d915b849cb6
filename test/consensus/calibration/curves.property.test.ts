import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calibrationMethods } from '../../../schemas/calibration.js'
import { type CalibrationCurve, calibrationCurveSchema } from '../../../schemas/calibration-curve.js'
import { boxSizes } from '../../../schemas/geometry.js'
import { onCurve } from '../../../src/consensus/calibration/calibration-curve.js'
import { type CalibrationSample, fitCurves } from '../../../src/consensus/calibration/fit-curves.js'
import { type Evidence, isotonicCurve } from '../../../src/consensus/calibration/isotonic-regression.js'
import { logistic, logisticRegression } from '../../../src/consensus/calibration/logistic-regression.js'

const unit = fc.double({ min: 0, max: 1, noNaN: true })
const anySamples: fc.Arbitrary<CalibrationSample[]> = fc.array(
  fc.record({
    image: fc.constantFrom('a', 'b', 'c'),
    size: fc.constantFrom(...boxSizes),
    raw: fc.oneof(unit, fc.constantFrom(0, 0.5, 1)),
    worth: fc.oneof(fc.constantFrom(0, 1), unit),
  }),
  { maxLength: 150, size: 'max' },
)

describe.each(calibrationMethods)('%s curves', (method) => {
  it('can be stored, and rise with the raw score', () => {
    fc.assert(
      fc.property(anySamples, unit, unit, (samples, one, other) => {
        const { calibration, calibration_by_size } = fitCurves(samples, method)
        for (const curve of [calibration, ...Object.values(calibration_by_size)]) {
          expect(calibrationCurveSchema.safeParse(curve).error).toBeUndefined()
          expect(onCurve(curve, Math.min(one, other))).toBeLessThanOrEqual(onCurve(curve, Math.max(one, other)))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('do not depend on the order of the samples', () => {
    fc.assert(
      fc.property(anySamples, (samples) => {
        expect(fitCurves([...samples].reverse(), method)).toEqual(fitCurves(samples, method))
      }),
      { numRuns: 60 },
    )
  })

  it('say what scores are worth that were honest, squared or all of one kind', () => {
    const grid = Array.from({ length: 4000 }, (_, index) => (index + 0.5) / 4000)
    const sample = (raw: number, worth: number): CalibrationSample => ({ image: 'a', size: 'large', raw, worth })
    const honest = fitCurves(
      grid.map((raw) => sample(raw, raw)),
      method,
    ).calibration
    for (const raw of [0.1, 0.3, 0.5, 0.7, 0.9]) expect(onCurve(honest, raw)).toBeCloseTo(raw, 1)
    const timid = fitCurves(
      grid.map((raw) => sample(raw ** 2, raw)),
      method,
    ).calibration
    for (const raw of [0.3, 0.5, 0.7]) expect(Math.abs(onCurve(timid, raw ** 2) - raw)).toBeLessThan(0.07)
    const allHits = fitCurves(
      [0.4, 0.5, 0.6].map((raw) => sample(raw, 1)),
      method,
    ).calibration
    expect(onCurve(allHits, 0.6)).toBeLessThan(1)
    expect(fitCurves([], method).calibration).toEqual([
      [0, 0],
      [1, 1],
    ])
  })

  it('keep apart what is near the top, where few samples lie', () => {
    const samples = Array.from({ length: 300 }, (_, index): CalibrationSample => {
      const raw = index / 300
      return { image: 'a', size: 'small', raw, worth: raw > 0.9 ? 1 : Number(index % 3 === 0) }
    })
    const { calibration } = fitCurves(samples, method)
    const [near, nearer] = [0.96, 0.99].map((raw) => onCurve(calibration, raw))
    expect(nearer).toBeGreaterThan(near ?? 1)
    expect(nearer).toBeLessThan(1)
  })
})

it('a size has a curve of its own when there is enough of it, near the curve of all where there is little', () => {
  const samples = (size: CalibrationSample['size'], count: number, worth: (raw: number) => number) =>
    Array.from({ length: count }, (_, index): CalibrationSample => {
      const raw = (index + 0.5) / count
      return { image: 'a', size, raw, worth: worth(raw) }
    })
  const small = (count: number) => samples('small', count, (raw) => raw / 4)
  const large = samples('large', 2000, (raw) => raw)
  const few = fitCurves([...large, ...small(60)], 'beta')
  expect(few.calibration_by_size.small).toBeUndefined()
  const some = fitCurves([...large, ...small(200)], 'beta')
  const many = fitCurves([...large, ...small(4000)], 'beta')
  const at = (curve: CalibrationCurve | undefined) => onCurve(curve ?? [], 0.6)
  expect(at(many.calibration_by_size.small)).toBeCloseTo(0.15, 1)
  expect(at(some.calibration_by_size.small)).toBeGreaterThan(at(many.calibration_by_size.small))
  expect(at(some.calibration_by_size.small)).toBeLessThan(at(some.calibration))
})

it('isotonic regression is the nearest rising function: at each middle the min-max formula', () => {
  const anyEvidence = fc.uniqueArray(
    fc.record({
      raw: fc.integer({ min: 0, max: 1000 }),
      target: fc.integer({ min: 0, max: 8 }),
      weight: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 25, selector: ({ raw }) => raw },
  )
  fc.assert(
    fc.property(anyEvidence, (rows) => {
      const evidence = rows.map(({ raw, target, weight }) => ({ raw: raw / 1000, target: target / 8, weight }))
      const fitted = minMax([...evidence].sort((a, b) => a.raw - b.raw))
      const levels = [...new Set(fitted.map((value) => value.toFixed(6)))]
      expect(isotonicCurve(evidence).map(([, score]) => score.toFixed(6))).toEqual(levels)
    }),
  )
})

/** Barlow et al. 1972: the fitted value is the highest over all starts of the lowest over all ends of the mean between. */
function minMax(sorted: readonly Evidence[]): number[] {
  const meanOf = (from: number, to: number) => {
    const part = sorted.slice(from, to + 1)
    const weight = part.reduce((sum, each) => sum + each.weight, 0)
    return part.reduce((sum, each) => sum + each.weight * each.target, 0) / weight
  }
  return sorted.map((_, at) => {
    const starts = Array.from({ length: at + 1 }, (_, start) => start)
    const ends = Array.from({ length: sorted.length - at }, (_, offset) => at + offset)
    return Math.max(...starts.map((start) => Math.min(...ends.map((end) => meanOf(start, end)))))
  })
}

describe('logistic regression', () => {
  it('finds the share of each of two groups', () => {
    const group = (at: number, hits: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({ features: [at, 1], target: Number(index < hits), weight: 1 }))
    const [slope = 0, offset = 0] = logisticRegression([...group(0, 10, 40), ...group(1, 30, 40)], 0)
    expect(logistic(offset)).toBeCloseTo(0.25, 6)
    expect(logistic(slope + offset)).toBeCloseTo(0.75, 6)
  })

  it('stays finite where the groups are apart, with a ridge', () => {
    const rows = [-2, -1, 1, 2].map((at) => ({ features: [at, 1], target: Number(at > 0), weight: 1 }))
    const [slope = Number.NaN] = logisticRegression(rows, 1)
    expect(slope).toBeGreaterThan(0)
    expect(slope).toBeLessThan(5)
  })
})
