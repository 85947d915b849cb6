import type { CaptionPhrase } from '../../../schemas/observation.js'
import type { DecidedRegion } from '../regions/decide-regions.js'
import type { Reject } from '../reject.js'
import type { DecidedText } from '../texts/decide-texts.js'

/** A phrase of a text and one agreed region it stands for. */
export interface GroundedPhrase {
  readonly text: DecidedText
  /** text.text.slice(start, end). */
  readonly phrase: string
  readonly start: number
  readonly end: number
  readonly region: DecidedRegion
}

/** The phrases of a text whose regions were agreed on, by place; the others are rejected with the regions they named. */
export function groundPhrases(
  text: DecidedText,
  regions: ReadonlyMap<string, DecidedRegion>,
): { grounded: GroundedPhrase[]; rejects: Reject[] } {
  const grounded: GroundedPhrase[] = []
  const rejects: Reject[] = []
  for (const place of text.phrases) {
    const phrase = text.text.slice(place.start, place.end)
    const missing = place.region_ids.filter((id) => !regions.has(id))
    const inside = place.start < place.end && place.end <= text.text.length && phrase.trim() !== ''
    if (!inside) {
      rejects.push(rejectPhrase(text, place, phrase, 'span_outside_text', { length: text.text.length }))
      continue
    }
    if (place.region_ids.length === 0) rejects.push(rejectPhrase(text, place, phrase, 'no_region', {}))
    if (missing.length > 0) rejects.push(rejectPhrase(text, place, phrase, 'region_not_agreed', { missing }))
    for (const id of place.region_ids) {
      const region = regions.get(id)
      if (region !== undefined) grounded.push({ text, phrase, start: place.start, end: place.end, region })
    }
  }
  return { grounded, rejects }
}

function rejectPhrase(
  text: DecidedText,
  place: CaptionPhrase,
  phrase: string,
  reason: string,
  failed: Record<string, unknown>,
): Reject {
  return {
    kind: 'phrase',
    stage: 'consensus',
    reason,
    rule: reason === 'span_outside_text' ? 'phrase_span' : 'phrase_region',
    support: [...text.support],
    votes: text.families.length,
    score: text.score,
    payload: { text_id: text.text_id, phrase, ...place },
    failed: { start: place.start, end: place.end, ...failed },
  }
}
