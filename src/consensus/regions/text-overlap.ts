import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import { boundsOverlap } from '../boxes/quad-bounds.js'
import { quadContainment } from '../boxes/quad-overlap.js'
import type { ObservedText } from './read-text.js'
import { partSimilarity } from './reading-similarity.js'

/**
 * Gives those of the readings whose upright bounds overlap another one's, in the order they came in: only these can share
 * anything with it. They are kept by their top side, so that the lines above and below are not looked at.
 */
export function overlapFinder(texts: readonly ObservedText[]): (text: ObservedText) => ObservedText[] {
  const rows = texts.map((text, index) => ({ text, index })).sort((a, b) => a.text.bounds[1] - b.text.bounds[1])
  const tallest = texts.reduce((most, { bounds }) => Math.max(most, bounds[3] - bounds[1]), 0)
  return ({ bounds }) => {
    const found: { readonly text: ObservedText; readonly index: number }[] = []
    for (let at = firstBelow(rows, bounds[1] - tallest); at < rows.length; at++) {
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

/** Index of the first row whose top is not above `y`; rounding of a difference is left a pixel. */
function firstBelow(rows: readonly { readonly text: ObservedText }[], y: number): number {
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle]?.text.bounds[1] ?? 0) < y - 1) low = middle + 1
    else high = middle
  }
  return low
}
