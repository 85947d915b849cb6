import type { RegionTextRow } from '../../schemas/annotation.js'
import { compareText, inNameOrder, type Source } from './source.js'

/** The texts that could stand for a region, and the one that was chosen. */
export type ChosenText = Pick<
  RegionTextRow,
  'phrase' | 'brief_text' | 'noun_chunks' | 'chosen_text' | 'chosen_from' | 'similarity'
>

/** What was said about regions beside their labels, ready to be asked for each. */
export interface RegionWords {
  /** The captions of a region's crop, best first. */
  captions(region_id: string): readonly string[]
  /** How near a text is to a region's crop, or with null to the image: the highest that was said; null where nothing was. */
  similarity(region_id: string | null, text: string): number | null
}

/** Gathers captions of regions and similarities from all sources of an image. */
export function regionWords(sources: readonly Source[]): RegionWords {
  const captions = new Map<string, Map<string, number>>()
  const similarities = new Map<string, number>()
  for (const source of inNameOrder(sources)) {
    for (const said of source.observations) {
      if (said.kind === 'region_caption' && said.text.trim() !== '') {
        const known = captions.get(said.region_id) ?? new Map<string, number>()
        captions.set(said.region_id, known.set(said.text, Math.max(said.score, known.get(said.text) ?? 0)))
      }
      if (said.kind === 'similarity') {
        const key = pairKey(said.region_id, said.text)
        similarities.set(key, Math.max(said.score, similarities.get(key) ?? 0))
      }
    }
  }
  return {
    captions: (region) => [...(captions.get(region) ?? [])].sort(bestScore).map(([text]) => text),
    similarity: (region, text) => similarities.get(pairKey(region, text)) ?? null,
  }
}

/**
 * The text of a region: of its category phrase and the caption of its crop the one that is nearer to the picture, the
 * phrase where nobody measured (arXiv 2311.06242, section 4: an image-text similarity model picks the closest).
 */
export function chooseRegionText(region: { region_id: string; label: string }, words: RegionWords): ChosenText {
  const phrase = region.label
  const brief_text = words.captions(region.region_id)[0] ?? null
  const candidates = [
    { chosen_text: phrase, chosen_from: 'phrase' as const },
    ...(brief_text === null ? [] : [{ chosen_text: brief_text, chosen_from: 'brief_text' as const }]),
  ].map((candidate) => ({ ...candidate, similarity: words.similarity(region.region_id, candidate.chosen_text) }))
  const [first = { chosen_text: phrase, chosen_from: 'phrase' as const, similarity: null }, ...others] = candidates
  const chosen = others.reduce((best, next) => ((next.similarity ?? -1) > (best.similarity ?? -1) ? next : best), first)
  return { phrase, brief_text, noun_chunks: [], ...chosen }
}

function bestScore([a, scoreA]: [string, number], [b, scoreB]: [string, number]): number {
  return scoreB - scoreA || compareText(a, b)
}

function pairKey(region_id: string | null, text: string): string {
  return JSON.stringify([region_id, text])
}
