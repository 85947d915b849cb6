import type { SimilarityObservation } from '../../../schemas/observation.js'
import { inNameOrder, type Source } from '../source.js'

/**
 * How near the texts of an image are to it, by text: all by the annotator that measured most of them, the first by name of
 * equals, since the probabilities of one model and the cosines of another are on no common scale. A text that it did not
 * measure is absent.
 */
export function textSimilarities(sources: readonly Source[], texts: readonly string[]): ReadonlyMap<string, number> {
  const wanted = new Set(texts)
  let best: ReadonlyMap<string, number> = new Map()
  for (const source of inNameOrder(sources)) {
    const measured = new Map(source.observations.filter(ofImage).map(({ text, score }) => [text, score]))
    for (const text of measured.keys()) if (!wanted.has(text)) measured.delete(text)
    if (measured.size > best.size) best = measured
  }
  return best
}

function ofImage(observation: Source['observations'][number]): observation is SimilarityObservation {
  return observation.kind === 'similarity' && observation.region_id === null && Number.isFinite(observation.score)
}
