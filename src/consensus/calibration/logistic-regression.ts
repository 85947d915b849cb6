/** One row of features, how right it was (0-1), and how much it counts. */
export interface LogisticRow {
  readonly features: readonly number[]
  readonly target: number
  readonly weight: number
}

/**
 * Coefficients of a logistic regression, by Newton's method with a line search (Lin, Lin and Weng, "A Note on Platt's
 * Probabilistic Outputs for Support Vector Machines", Machine Learning 68, 2007, algorithm 1). Targets between 0 and 1 are
 * beliefs. `ridge` is the weight of the sum of squares of the coefficients: with it few or separable rows give finite ones.
 */
export function logisticRegression(rows: readonly LogisticRow[], ridge: number): number[] {
  let at = (rows[0]?.features ?? []).map(() => 0)
  for (let turn = 0; turn < 100; turn++) {
    const next = newtonStep(rows, at, ridge)
    if (next === null) break
    at = next
  }
  return at
}

/** The logistic function. */
export function logistic(odds: number): number {
  return 1 / (1 + Math.exp(-odds))
}

/** The next coefficients; null where no step makes the loss smaller. */
function newtonStep(rows: readonly LogisticRow[], at: readonly number[], ridge: number): number[] | null {
  const gradient = at.map((coefficient) => ridge * coefficient)
  // A little on the diagonal keeps the matrix invertible.
  const hessian = at.map((_, row) => at.map((_, column) => (row === column ? ridge + 1e-12 : 0)))
  for (const { features, target, weight } of rows) {
    const score = logistic(dot(features, at))
    const error = weight * (score - target)
    const curvature = weight * score * (1 - score)
    for (const [index, feature] of features.entries()) {
      gradient[index] = (gradient[index] ?? 0) + error * feature
      const line = hessian[index]
      if (line === undefined) continue
      for (const [other, second] of features.entries()) line[other] = (line[other] ?? 0) + curvature * feature * second
    }
  }
  if (gradient.every((slope) => Math.abs(slope) < 1e-7)) return null
  const step = solve(hessian, gradient).map((change) => -change)
  const downhill = dot(gradient, step)
  const before = loss(rows, at, ridge)
  for (let size = 1; size >= 1e-10; size /= 2) {
    const next = at.map((coefficient, index) => coefficient + size * (step[index] ?? 0))
    if (loss(rows, next, ridge) < before + 1e-4 * size * downhill) return next
  }
  return null
}

/** Cross-entropy, and the ridge. */
function loss(rows: readonly LogisticRow[], at: readonly number[], ridge: number): number {
  let sum = (ridge / 2) * dot(at, at)
  for (const { features, target, weight } of rows) {
    const odds = dot(features, at)
    // log(1 + exp(-|odds|)), so that nothing overflows.
    const rest = Math.log1p(Math.exp(-Math.abs(odds)))
    sum += weight * (odds >= 0 ? (1 - target) * odds + rest : -target * odds + rest)
  }
  return sum
}

/** Of a positive definite matrix, by Gauss's elimination. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((line, index) => [...line, right[index] ?? 0])
  for (const [pivot, line] of rows.entries()) {
    for (const [index, other] of rows.entries()) {
      if (index === pivot) continue
      const factor = (other[pivot] ?? 0) / (line[pivot] ?? 1)
      for (const [column, value] of line.entries()) other[column] = (other[column] ?? 0) - factor * value
    }
  }
  return rows.map((line, index) => (line.at(-1) ?? 0) / (line[index] ?? 1))
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0
  for (const [index, value] of a.entries()) sum += value * (b[index] ?? 0)
  return sum
}
