import type { DecidedRegion } from '../regions/decide-regions.js'
import { distinct } from '../source.js'
import type { DecidedText } from '../texts/decide-texts.js'
import type { GroundedPhrase } from './ground-phrases.js'
import type { GroundedBox } from './grounded-boxes.js'

/** A phrase of a text and one region it stands for, with who says so. */
export interface Triplet {
  readonly text: DecidedText
  /** text.text.slice(start, end). */
  readonly phrase: string
  readonly start: number
  readonly end: number
  readonly region: DecidedRegion
  /** Who wrote the phrase, who grounded it, who saw the region. */
  readonly support: readonly string[]
  readonly phrase_score: number
  readonly box_score: number
  /** `region_agreed` where the captioner named the region, `phrase_grounded` where a grounding model found it. */
  readonly rule: string
}

/**
 * Phrases that captioners tied to regions and phrases that grounding models found, as one list by text, place and
 * region. What both say is one triplet with the support of both and the higher scores.
 */
export function joinTriplets(named: readonly GroundedPhrase[], found: readonly GroundedBox[]): Triplet[] {
  const triplets = new Map<string, Triplet>()
  for (const triplet of [...named.map(namedTriplet), ...found.map(foundTriplet)]) {
    const key = JSON.stringify([triplet.text.text_id, triplet.start, triplet.end, triplet.region.region_id])
    const known = triplets.get(key)
    triplets.set(key, known === undefined ? triplet : joined(known, triplet))
  }
  return [...triplets.values()]
}

function namedTriplet({ text, phrase, start, end, region }: GroundedPhrase): Triplet {
  return {
    ...{ text, phrase, start, end, region },
    support: distinct([...text.writers, ...region.support]),
    phrase_score: text.score,
    box_score: region.score,
    rule: 'region_agreed',
  }
}

function foundTriplet(box: GroundedBox): Triplet {
  const { text, start, end, region, phrase_score, box_score } = box
  return {
    ...{ text, start, end, region, phrase_score, box_score },
    phrase: text.text.slice(start, end),
    support: distinct([...text.writers, ...region.support, ...box.support]),
    rule: 'phrase_grounded',
  }
}

function joined(a: Triplet, b: Triplet): Triplet {
  return {
    ...a,
    support: distinct([...a.support, ...b.support]),
    phrase_score: Math.max(a.phrase_score, b.phrase_score),
    box_score: Math.max(a.box_score, b.box_score),
  }
}
