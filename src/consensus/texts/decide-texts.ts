import {
  type CaptionObservation,
  type CaptionPhrase,
  type Granularity,
  granularities,
} from '../../../schemas/observation.js'
import { type Reject, rejectObservation } from '../reject.js'
import { compareText, type DecidedImage, distinct, inNameOrder, type Source } from '../source.js'

/** A text of one granularity, and who wrote it. */
export interface DecidedText {
  readonly text_id: string
  readonly granularity: Granularity
  readonly text: string
  /** Words, by Unicode word segmentation. */
  readonly tokens: number
  /** The highest score its annotators gave it, 0-1. */
  readonly score: number
  readonly support: readonly string[]
  readonly families: readonly string[]
  /** Phrases of all its annotators, by place. */
  readonly phrases: readonly CaptionPhrase[]
}

const words = new Intl.Segmenter('en', { granularity: 'word' })

/**
 * The texts of an image: by granularity, then from the highest score down, ids `<image_id>/brief0`, `/brief1`,
 * `/detailed0`... The same text from several annotators is one text with more support. Empty texts are rejected.
 */
export function decideTexts(
  image: DecidedImage,
  sources: readonly Source[],
): { texts: DecidedText[]; rejects: Reject[] } {
  const rejects: Reject[] = []
  const written: Written[] = []
  for (const source of inNameOrder(sources)) {
    for (const observation of source.observations) {
      if (observation.kind !== 'caption') continue
      if (observation.text.trim() === '') {
        rejects.push(rejectObservation(source, observation, { reason: 'empty_text', rule: 'valid_text', failed: {} }))
      } else written.push({ source, observation })
    }
  }
  const texts = granularities.flatMap((granularity) =>
    sameTexts(written.filter(({ observation }) => observation.granularity === granularity))
      .map((group) => ({ group, score: highestScore(group) }))
      .sort((a, b) => b.score - a.score || compareText(textOf(a.group), textOf(b.group)))
      .map(({ group, score }, index) =>
        decidedText(group, score, granularity, `${image.image_id}/${granularity}${index}`),
      ),
  )
  return { texts, rejects }
}

interface Written {
  readonly source: Source
  readonly observation: CaptionObservation
}

function sameTexts(written: readonly Written[]): Written[][] {
  const groups = new Map<string, Written[]>()
  for (const each of written) {
    const group = groups.get(each.observation.text)
    if (group === undefined) groups.set(each.observation.text, [each])
    else group.push(each)
  }
  return [...groups.values()]
}

function decidedText(group: readonly Written[], score: number, granularity: Granularity, text_id: string): DecidedText {
  const text = textOf(group)
  return {
    text_id,
    granularity,
    text,
    tokens: countWords(text),
    score,
    support: distinct(group.map(({ source }) => source.annotator)),
    families: distinct(group.map(({ source }) => source.family)),
    phrases: joinPhrases(group.flatMap(({ observation }) => observation.phrases)),
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

function countWords(text: string): number {
  let count = 0
  for (const segment of words.segment(text)) if (segment.isWordLike) count++
  return count
}

function textOf(group: readonly Written[]): string {
  return group[0]?.observation.text ?? ''
}

function highestScore(group: readonly Written[]): number {
  const scores = group.map(({ source, observation }) => (source.human ? 1 : observation.score))
  return Math.min(1, Math.max(0, ...scores.filter(Number.isFinite)))
}
