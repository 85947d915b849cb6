import type { AgreedRegion, RegionTextRow } from '../../../schemas/annotation.js'
import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import type { Observation } from '../../../schemas/observation.js'
import { labelPhrase } from '../../../schemas/vocabularies/index.js'
import { phraseFault } from '../phrases/phrase-noun.js'
import { type Reject, rejectObservation } from '../reject.js'
import { compareText, inNameOrder, type Source } from '../source.js'
import { canBeParsed, wordFault } from '../texts/filters/text-faults.js'
import { parseText } from '../texts/parse-text.js'

/** The texts that could stand for a region, and the one that was chosen. */
export type ChosenText = Pick<
  RegionTextRow,
  'phrase' | 'brief_text' | 'noun_chunks' | 'chosen_text' | 'chosen_from' | 'similarity'
>

/** What was said about agreed regions beside their labels, ready to be asked for each. */
export interface RegionWords {
  /** The captions of a region's crop, those of the highest score first. */
  captions(region_id: string): readonly string[]
  /** The noun phrases of these captions that may stand for something, each once, in their order. */
  nounChunks(region_id: string): readonly string[]
  /**
   * How near each text is to a region's crop, or with null to the image: all by one annotator, that measured the first
   * text if any did; null where it measured none.
   */
  similarities(region_id: string | null, texts: readonly string[]): readonly (number | null)[]
}

type Said = Extract<Observation, { kind: 'region_caption' | 'similarity' }>

/**
 * Gathers captions of regions and similarities from all sources of an image. What is said of a region that was not agreed
 * on is rejected, and so is a caption that is of no use by its words alone: empty, over-long, a refusal, a loop, in a
 * language that was not asked for.
 */
export function regionWords(
  sources: readonly Source[],
  regions: ReadonlySet<string>,
  config: ConsensusConfig,
): { words: RegionWords; rejects: Reject[] } {
  const captions = new Map<string, Map<string, number>>()
  const measured = new Map<string, Map<string, number>>()
  const rejects: Reject[] = []
  for (const source of inNameOrder(sources)) {
    const own = new Map<string, number>()
    measured.set(source.annotator, own)
    for (const said of source.observations) {
      if (said.kind !== 'region_caption' && said.kind !== 'similarity') continue
      const reject = rejectWords(source, said, { regions, config })
      if (reject !== null) rejects.push(reject)
      else if (said.kind === 'similarity') own.set(pairKey(said.region_id, said.text), said.score)
      else {
        const known = captions.get(said.region_id) ?? new Map<string, number>()
        captions.set(said.region_id, known.set(said.text, Math.max(said.score, known.get(said.text) ?? 0)))
      }
    }
  }
  const captionsOf = (region: string) => [...(captions.get(region) ?? [])].sort(bestScore).map(([text]) => text)
  const words: RegionWords = {
    captions: captionsOf,
    nounChunks: (region) => nounChunks(captionsOf(region), config),
    similarities: (region, texts) => mostComplete([...measured.values()], region, texts),
  }
  return { words, rejects }
}

function rejectWords(
  source: Source,
  said: Said,
  { regions, config }: { regions: ReadonlySet<string>; config: ConsensusConfig },
): Reject | null {
  if (said.region_id !== null && !regions.has(said.region_id)) {
    const failed = { missing: [said.region_id] }
    return rejectObservation(source, said, { reason: 'region_not_agreed', rule: 'region_text', failed })
  }
  const fault = said.kind === 'similarity' ? null : wordFault(said.text, config)
  return fault === null ? null : rejectObservation(source, said, fault)
}

/** `a tabby` and `a sofa` of "a tabby on a sofa": the parser's noun phrases without those that stand for nothing. */
function nounChunks(captions: readonly string[], config: ConsensusConfig): string[] {
  const parsable = captions.filter((caption) => canBeParsed(caption, config))
  const chunks = parsable.flatMap((caption) =>
    parseText(caption)
      .phrases.filter((noun) => phraseFault(caption, noun, config) === null)
      .map(({ phrase }) => phrase),
  )
  return [...new Set(chunks)]
}

/**
 * What one annotator says of each text, for the probabilities of one model and the cosines of another are on no common
 * scale: one that measured the first text, which the others have to beat, before one that did not; then the one that
 * measured most, the first by name of equals.
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
    const worth = found[0] == null ? count : count + texts.length
    if (worth > most) [best, most] = [found, worth]
  }
  return best
}

/**
 * The text of a region: of its category phrase, the captions of its crop and their noun phrases the one that is nearest to
 * the picture (arXiv 2311.06242, section 4: an image-text similarity model picks the closest). Where nobody measured the
 * phrase nothing can be nearer than it, and it stays; a candidate that was not measured is not chosen; of equal ones the
 * phrase, then the caption. Of several captions the nearest, or unmeasured the one with the highest score, is the brief text.
 */
export function chooseRegionText(
  region: Pick<AgreedRegion, 'region_id' | 'kind' | 'label'>,
  words: RegionWords,
): ChosenText {
  // What was read stays as it is written, brackets and all.
  const phrase = region.kind === 'object' ? labelPhrase(region.label) : region.label
  const captions = words.captions(region.region_id)
  const chunks = words.nounChunks(region.region_id)
  const [own = null, ...measured] = words.similarities(region.region_id, [phrase, ...captions, ...chunks])
  const brief = nearest(captions, measured)
  const chunk = nearest(chunks, measured.slice(captions.length))
  let chosen: Pick<ChosenText, 'chosen_text' | 'chosen_from' | 'similarity'> = {
    chosen_text: phrase,
    chosen_from: 'phrase',
    similarity: own,
  }
  for (const [from, best] of [['brief_text', brief] as const, ['noun_chunk', chunk] as const]) {
    // Null compares as no number: what was not measured is not chosen, and nothing beats a phrase that was not.
    const isNearer = (best?.similarity ?? Number.NaN) > (chosen.similarity ?? Number.NaN)
    if (best !== null && isNearer) chosen = { chosen_text: best.text, chosen_from: from, similarity: best.similarity }
  }
  return { phrase, brief_text: brief?.text ?? null, noun_chunks: [...chunks], ...chosen }
}

/** Of texts with their similarities in the same order; the first where none was measured. */
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
