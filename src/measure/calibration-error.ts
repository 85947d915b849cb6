/** A score and how right it was: 1 a hit, 0 a miss, or a share between them. */
export interface ScoredOutcome {
  readonly score: number
  readonly worth: number
}

/** One bin of a reliability diagram. */
interface ReliabilityBin {
  /** Scores above `from` (or at it, in the first bin) up to `to`. */
  readonly from: number
  readonly to: number
  readonly count: number
  readonly meanScore: number
  readonly meanWorth: number
}

/** Scores in bins of equal width, against how right they were; empty bins are left out. */
function reliability(outcomes: readonly ScoredOutcome[], bins = 10): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ count: 0, score: 0, worth: 0 }))
  for (const { score, worth } of outcomes) {
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(score * bins) - 1))]
    if (bin === undefined) continue
    bin.count++
    bin.score += score
    bin.worth += worth
  }
  const rows = sums.map(({ count, score, worth }, index) => ({
    from: index / bins,
    to: (index + 1) / bins,
    count,
    meanScore: score / count,
    meanWorth: worth / count,
  }))
  return rows.filter(({ count }) => count > 0)
}

/**
 * Expected calibration error, 0-1: how far scores are from what they were worth, in bins of equal width, weighed by how many
 * scores are in each (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 2). Null without a score.
 */
export function expectedCalibrationError(outcomes: readonly ScoredOutcome[], bins = 10): number | null {
  if (outcomes.length === 0) return null
  const error = reliability(outcomes, bins).reduce(
    (sum, { count, meanScore, meanWorth }) => sum + count * Math.abs(meanScore - meanWorth),
    0,
  )
  return error / outcomes.length
}
