import type { CaptionObservation, CaptionPhrase, Granularity } from '../../../schemas/observation.js'
import { distinct, inNameOrder, type Source } from '../source.js'

/** A text of one granularity with all who wrote these very words. */
export interface WrittenText {
  readonly granularity: Granularity
  readonly text: string
  /** True where a person wrote it. */
  readonly human: boolean
  /** The highest score that its annotators gave it, 0-1; 1 of a person. */
  readonly score: number
  readonly support: readonly string[]
  readonly families: readonly string[]
  /** Phrases of all its annotators, by place. */
  readonly phrases: readonly CaptionPhrase[]
  /** What was said, raw, and by whom. */
  readonly observations: readonly { readonly annotator: string; readonly observation: CaptionObservation }[]
}

interface Written {
  readonly source: Source
  readonly observation: CaptionObservation
}

/** The texts of an image by granularity and words, each once, in an order that depends on what was said only. */
export function writtenTexts(sources: readonly Source[]): WrittenText[] {
  const groups = new Map<string, Written[]>()
  for (const source of inNameOrder(sources)) {
    for (const observation of source.observations) {
      if (observation.kind !== 'caption') continue
      const key = JSON.stringify([observation.granularity, observation.text])
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [{ source, observation }])
      else group.push({ source, observation })
    }
  }
  return [...groups.values()].map(writtenText)
}

function writtenText(group: readonly Written[]): WrittenText {
  const [first] = group
  if (first === undefined) throw new RangeError('a text that nobody wrote')
  const { granularity, text } = first.observation
  return {
    granularity,
    text,
    human: group.some(({ source }) => source.human),
    score: highestScore(group),
    support: distinct(group.map(({ source }) => source.annotator)),
    families: distinct(group.map(({ source }) => source.family)),
    phrases: joinPhrases(group.flatMap(({ observation }) => observation.phrases)),
    observations: group.map(({ source, observation }) => ({ annotator: source.annotator, observation })),
  }
}

/** Phrases of one place as one, with all the regions that any annotator names for it; by place. */
function joinPhrases(phrases: readonly CaptionPhrase[]): CaptionPhrase[] {
  const places = new Map<string, CaptionPhrase>()
  for (const phrase of phrases) {
    const place = `${phrase.start}-${phrase.end}`
    const known = places.get(place)?.region_ids ?? []
    places.set(place, { ...phrase, region_ids: [...new Set([...known, ...phrase.region_ids])] })
  }
  return [...places.values()].sort((a, b) => a.start - b.start || a.end - b.end)
}

function highestScore(group: readonly Written[]): number {
  const scores = group.map(({ source, observation }) => (source.human ? 1 : observation.score))
  return Math.min(1, Math.max(0, ...scores.filter(Number.isFinite)))
}
