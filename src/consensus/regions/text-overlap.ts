import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { boundsOverlap } from '../boxes/quad-bounds.js'
import { quadContainment } from '../boxes/quad-overlap.js'
import type { ObservedText } from './read-text.js'
import { partSimilarity } from './reading-similarity.js'

interface Row {
  readonly text: ObservedText
  /** Where it came in. */
  readonly index: number
}

/**
 * Gives those of the readings whose upright bounds overlap another one's, in the order they came in: only these can share
 * anything with it. They are kept by their top side, so that most lines above and below are not looked at.
 */
export function overlapFinder(texts: readonly ObservedText[]): (text: ObservedText) => ObservedText[] {
  const rows = texts.map((text, index): Row => ({ text, index }))
  rows.sort((a, b) => a.text.bounds[1] - b.text.bounds[1])
  const lowest = lowestSoFar(rows)
  return ({ bounds }) => {
    const found: Row[] = []
    for (let at = firstAbove(lowest, bounds[1]); at < rows.length; at++) {
      const row = rows[at]
      if (row === undefined || row.text.bounds[1] >= bounds[3]) break
      if (boundsOverlap(row.text.bounds, bounds)) found.push(row)
    }
    return found.sort((a, b) => a.index - b.index).map(({ text }) => text)
  }
}

/** Whether a reading's quad is smaller and lies in another's. */
export function liesIn(part: ObservedText, line: ObservedText, config: ConsensusConfig): boolean {
  if (!(part.area < line.area)) return false
  const share = quadContainment(part.observation.quad, line.observation.quad)
  return share > 0 && share >= config.line_containment
}

/** Whether a reading's text is near a part of another's. */
export function saysPartOf(part: ObservedText, line: ObservedText, config: ConsensusConfig): boolean {
  return partSimilarity(part.key, line.key) >= config.reading_similarity
}

/** For each row the lowest bottom side (the highest y) of it and those before it: never less than that of the row before. */
function lowestSoFar(rows: readonly Row[]): Float64Array {
  let lowest = Number.NEGATIVE_INFINITY
  return Float64Array.from(rows, ({ text }) => {
    lowest = Math.max(lowest, text.bounds[3])
    return lowest
  })
}

/** Index of the first of ascending values that is above a limit; their number where none is. */
function firstAbove(ascending: Float64Array, limit: number): number {
  let [low, high] = [0, ascending.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] ?? 0) > limit) high = middle
    else low = middle + 1
  }
  return low
}
