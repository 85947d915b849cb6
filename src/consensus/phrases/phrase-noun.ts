import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import type { Span } from '../../../schemas/known-phrases.js'
import { pronouns } from '../../../schemas/phrase-blacklist.js'
import { canonicalLabel, wider } from '../../../schemas/vocabularies/index.js'
import { parseText } from '../texts/parse-text.js'
import { withoutArticle } from './phrase-place.js'

/** What a phrase is about. */
export interface PhraseNoun {
  /** Its head noun, singular and in lower case; its last word where the parser finds no noun. */
  readonly head: string
  /** Canonical label by the synonym table; null where it knows none. */
  readonly label: string | null
}

const pronounSet = new Set(pronouns)

/**
 * The noun of a phrase of a text: of the parser's noun phrase that it is; else of the first of the text's that it holds; else of
 * the first that it holds by itself.
 */
export function nounOfPhrase(text: string, { start, end }: Span): PhraseNoun {
  const phrase = text.slice(start, end)
  const { phrases } = parseText(text)
  const whole = phrases.find((noun) => noun.start === start && noun.end === end)
  const within = whole ?? phrases.find((noun) => noun.start >= start && noun.end <= end)
  const noun = within ?? parseText(phrase).phrases[0]
  if (noun !== undefined) return { head: noun.head.toLowerCase(), label: noun.label }
  return { head: phrase.trim().split(/\s+/).at(-1)?.toLowerCase() ?? '', label: null }
}

/**
 * Why a phrase stands for no region, and the values that failed; null where it may: the blacklist of pronouns and
 * abstract nouns of arXiv 2311.06242, section 4.
 */
export function phraseFault(
  text: string,
  span: Span,
  config: ConsensusConfig,
): { reason: string; rule: string; failed: Record<string, unknown> } | null {
  const phrase = text.slice(span.start, span.end)
  const said = phrase.trim().toLowerCase().replace(/\s+/g, ' ')
  const bare = withoutArticle(said)
  const listed = config.phrase_blacklist
  if (listed.includes(said) || (listed.includes(bare) && !pronounSet.has(bare))) {
    return { reason: 'blacklisted_phrase', rule: 'phrase_blacklist', failed: { phrase } }
  }
  const { head, label } = nounOfPhrase(text, span)
  if (label !== null || !config.abstract_nouns.includes(head)) return null
  return { reason: 'abstract_phrase', rule: 'abstract_nouns', failed: { phrase, head } }
}

/** Whether a phrase names what has the label: by the same label, or one is a kind of the other. */
export function namesLabel({ head, label }: PhraseNoun, other: string): boolean {
  const own = label ?? canonicalLabel(head)
  return own === other || wider(own).includes(other) || wider(other).includes(own)
}
