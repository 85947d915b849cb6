import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import type { CaptionPhrase } from '../../../schemas/observation.js'
import type { DecidedRegion } from '../regions/decide-regions.js'
import type { Reject } from '../reject.js'
import type { DecidedText } from '../texts/decide-texts.js'
import { phraseFault } from './phrase-noun.js'
import { placeOfPhrase, spanFault } from './phrase-place.js'

/** A phrase of a text and one agreed region it stands for. */
export interface GroundedPhrase {
  readonly text: DecidedText
  /** text.text.slice(start, end). */
  readonly phrase: string
  readonly start: number
  readonly end: number
  readonly region: DecidedRegion
}

/**
 * The phrases of a text whose regions were agreed on, by place; the others are rejected with the regions they named, and so
 * are those that stand for nothing. `families` is that of each annotator by its name.
 */
export function groundPhrases(
  text: DecidedText,
  regions: ReadonlyMap<string, DecidedRegion>,
  config: ConsensusConfig,
  families: ReadonlyMap<string, string>,
): { grounded: GroundedPhrase[]; rejects: Reject[] } {
  const grounded: GroundedPhrase[] = []
  const rejects: Reject[] = []
  const votes = new Set(text.writers.map((writer) => families.get(writer) ?? writer)).size
  const reject = (said: CaptionPhrase, because: Pick<Reject, 'reason' | 'rule' | 'failed'>) =>
    rejects.push({ ...rejectPhrase(text, said, because), votes })
  for (const said of text.phrases) {
    const fault = spanFault(text.text, said) ?? phraseFault(text.text, placeOfPhrase(text.text, said), config)
    if (fault !== null) {
      reject(said, fault)
      continue
    }
    const { start, end } = placeOfPhrase(text.text, said)
    const missing = said.region_ids.filter((id) => !regions.has(id))
    const rule = 'phrase_region'
    if (said.region_ids.length === 0) reject(said, { reason: 'no_region', rule, failed: {} })
    if (missing.length > 0) reject(said, { reason: 'region_not_agreed', rule, failed: { missing } })
    for (const id of said.region_ids) {
      const region = regions.get(id)
      if (region !== undefined) grounded.push({ text, phrase: text.text.slice(start, end), start, end, region })
    }
  }
  return { grounded, rejects }
}

function rejectPhrase(
  text: DecidedText,
  said: CaptionPhrase,
  { reason, rule, failed }: Pick<Reject, 'reason' | 'rule' | 'failed'>,
): Omit<Reject, 'votes'> {
  const { start, end } = said
  return {
    kind: 'phrase',
    stage: 'consensus',
    ...{ reason, rule },
    support: [...text.writers],
    score: text.score,
    payload: { text_id: text.text_id, phrase: text.text.slice(start, end), ...said },
    failed: { start, end, ...failed },
  }
}
