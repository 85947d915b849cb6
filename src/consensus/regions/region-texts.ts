import type { RegionTextRow } from '../../../schemas/annotation.js'
import type { Observation } from '../../../schemas/observation.js'
import { type Reject, rejectObservation } from '../reject.js'
import { compareText, inNameOrder, type Source } from '../source.js'

/** The texts that could stand for a region, and the one that was chosen. */
export type ChosenText = Pick<
  RegionTextRow,
  'phrase' | 'brief_text' | 'noun_chunks' | 'chosen_text' | 'chosen_from' | 'similarity'
>

/** What was said about agreed regions beside their labels, ready to be asked for each. */
export interface RegionWords {
  /** The captions of a region's crop, those of the highest score first. */
  captions(region_id: string): readonly string[]
  /** How near each text is to a region's crop, or with null to the image: all by one annotator; null where none measured it. */
  similarities(region_id: string | null, texts: readonly string[]): readonly (number | null)[]
}

type Said = Extract<Observation, { kind: 'region_caption' | 'similarity' }>

/**
 * Gathers captions of regions and similarities from all sources of an image. What is said of a region that was not agreed
 * on, and a caption without words, is rejected.
 */
export function regionWords(
  sources: readonly Source[],
  regions: ReadonlySet<string>,
): { words: RegionWords; rejects: Reject[] } {
  const captions = new Map<string, Map<string, number>>()
  const measured = new Map<string, Map<string, number>>()
  const rejects: Reject[] = []
  for (const source of inNameOrder(sources)) {
    const own = new Map<string, number>()
    measured.set(source.annotator, own)
    for (const said of source.observations) {
      if (said.kind !== 'region_caption' && said.kind !== 'similarity') continue
      const reject = rejectWords(source, said, regions)
      if (reject !== null) rejects.push(reject)
      else if (said.kind === 'similarity') own.set(pairKey(said.region_id, said.text), said.score)
      else {
        const known = captions.get(said.region_id) ?? new Map<string, number>()
        captions.set(said.region_id, known.set(said.text, Math.max(said.score, known.get(said.text) ?? 0)))
      }
    }
  }
  const words: RegionWords = {
    captions: (region) => [...(captions.get(region) ?? [])].sort(bestScore).map(([text]) => text),
    similarities: (region, texts) => mostComplete([...measured.values()], region, texts),
  }
  return { words, rejects }
}

function rejectWords(source: Source, said: Said, regions: ReadonlySet<string>): Reject | null {
  if (said.region_id !== null && !regions.has(said.region_id)) {
    const failed = { missing: [said.region_id] }
    return rejectObservation(source, said, { reason: 'region_not_agreed', rule: 'region_text', failed })
  }
  if (said.kind === 'similarity' || said.text.trim() !== '') return null
  return rejectObservation(source, said, { reason: 'empty_text', rule: 'valid_text', failed: {} })
}

/**
 * What the annotator that measured most of the texts says of each, the first by name of equals: the probabilities of one
 * model and the cosines of another are on no common scale.
 */
function mostComplete(
  annotators: readonly ReadonlyMap<string, number>[],
  region: string | null,
  texts: readonly string[],
): (number | null)[] {
  let best: (number | null)[] = texts.map(() => null)
  let most = 0
  for (const measured of annotators) {
    const found = texts.map((text) => measured.get(pairKey(region, text)) ?? null)
    const count = found.filter((value) => value !== null).length
    if (count > most) [best, most] = [found, count]
  }
  return best
}

/**
 * The text of a region: of its category phrase and the captions of its crop the one that is nearest to the picture, the
 * phrase where nobody measured (arXiv 2311.06242, section 4: an image-text similarity model picks the closest). Of
 * several captions the nearest, or unmeasured the one with the highest score, is its brief text.
 */
export function chooseRegionText(region: { region_id: string; label: string }, words: RegionWords): ChosenText {
  const phrase = region.label
  const captions = words.captions(region.region_id)
  const [own = null, ...measured] = words.similarities(region.region_id, [phrase, ...captions])
  const brief = nearest(captions, measured)
  const chosen =
    brief !== null && (brief.similarity ?? -1) > (own ?? -1)
      ? { chosen_text: brief.text, chosen_from: 'brief_text' as const, similarity: brief.similarity }
      : { chosen_text: phrase, chosen_from: 'phrase' as const, similarity: own }
  return { phrase, brief_text: brief?.text ?? null, noun_chunks: [], ...chosen }
}

function nearest(
  captions: readonly string[],
  similarities: readonly (number | null)[],
): { text: string; similarity: number | null } | null {
  const measured = captions.map((text, index) => ({ text, similarity: similarities[index] ?? null }))
  return measured.reduce<(typeof measured)[number] | null>(
    (best, next) => (best === null || (next.similarity ?? -1) > (best.similarity ?? -1) ? next : best),
    null,
  )
}

function bestScore([a, scoreA]: [string, number], [b, scoreB]: [string, number]): number {
  return scoreB - scoreA || compareText(a, b)
}

function pairKey(region_id: string | null, text: string): string {
  return JSON.stringify([region_id, text])
}
