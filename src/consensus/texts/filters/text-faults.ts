import type { ConsensusConfig } from '../../../../schemas/consensus-config.js'
import { refusalIn } from '../../../../schemas/refusal.js'
import type { Reject } from '../../reject.js'
import type { ParsedText } from '../parsed-text.js'
import { rememberByText } from '../text-memory.js'
import type { WrittenText } from '../written-texts.js'
import { contentWords } from './content.js'
import { detectLanguage, otherThan } from './language.js'
import { markupIn } from './markup.js'
import { repeatedShare } from './repetition.js'
import { salesTalkIn } from './sales-talk.js'

/** Why a text is of no use, with the values that failed and what was allowed. */
export type TextFault = Pick<Reject, 'reason' | 'rule' | 'failed'>

/** What the words alone say of a text. */
interface WordVerdict {
  readonly fault: TextFault | null
  readonly parsable: boolean
}

/** Judges a text by its words alone, whoever wrote it and whatever the image shows; the first rule that it fails, or null. */
export function wordFault(text: string, config: ConsensusConfig): TextFault | null {
  return verdictsBy(config)(text).fault
}

/** Whether the parser, which knows English only, has anything to say of a text. */
export function canBeParsed(text: string, config: ConsensusConfig): boolean {
  return verdictsBy(config)(text).parsable
}

const verdicts = new WeakMap<ConsensusConfig, (text: string) => WordVerdict>()

/** The judgement of texts by one configuration, which stages and images ask again and again. */
function verdictsBy(config: ConsensusConfig): (text: string) => WordVerdict {
  const known = verdicts.get(config) ?? rememberByText((text) => judgeWords(text, config))
  verdicts.set(config, known)
  return known
}

function judgeWords(text: string, config: ConsensusConfig): WordVerdict {
  const limits = { words: config.text_language_words, margin: config.text_language_margin }
  const detected = detectLanguage(text, limits)
  const parsable = otherThan(detected, ['en'], limits) === null
  const fault = contentFault(text, config)
  if (fault !== null) return { fault, parsable }
  const other = otherThan(detected, config.text_languages, limits)
  if (other === null) return { fault: null, parsable }
  const failed = { ...other, allowed: config.text_languages }
  return { fault: { reason: 'wrong_language', rule: 'text_languages', failed }, parsable }
}

/** The first of the rules, in any language, that a text fails. */
function contentFault(text: string, config: ConsensusConfig): TextFault | null {
  if (text.trim() === '') return { reason: 'empty_text', rule: 'valid_text', failed: {} }
  if (text.length > config.max_text_characters) {
    const failed = { characters: text.length, highest: config.max_text_characters }
    return { reason: 'over_long', rule: 'max_text_characters', failed }
  }
  const opening = refusalIn(text.trim())
  if (opening !== null) return { reason: 'refusal', rule: 'text_refusal', failed: { opening } }
  const markup = markupIn(text)
  if (markup !== null) return { reason: 'markup', rule: 'text_markup', failed: { markup } }
  if (contentWords(text, config.text_boilerplate).length === 0) {
    return { reason: 'no_content', rule: 'text_boilerplate', failed: { content_words: 0 } }
  }
  const sales = salesTalkIn(text)
  if (sales !== null) return { reason: 'advertisement', rule: 'text_advertisement', failed: { opening: sales } }
  const share = repeatedShare(text)
  if (share <= config.max_repetition) return null
  return { reason: 'repetition', rule: 'max_repetition', failed: { share, highest: config.max_repetition } }
}

/**
 * Judges a text by what it names: not too many objects, and enough said of one of them (arXiv 2311.06242, section 4: texts
 * with too many objects are dropped, those with a minimum of object and action complexity kept).
 */
export function parseFault(
  { granularity }: WrittenText,
  parsed: ParsedText,
  config: ConsensusConfig,
): TextFault | null {
  const objects = parsed.objects.length
  const most = config.max_objects[granularity]
  if (objects > most) {
    return { reason: 'too_many_objects', rule: 'max_objects', failed: { objects, highest: most } }
  }
  const { object_complexity, action_complexity } = parsed
  const lowest = config.min_object_complexity[granularity]
  if (object_complexity < lowest) {
    return { reason: 'too_simple', rule: 'min_object_complexity', failed: { object_complexity, lowest } }
  }
  const lowestAction = config.min_action_complexity[granularity]
  if (action_complexity >= lowestAction) return null
  return {
    reason: 'too_simple',
    rule: 'min_action_complexity',
    failed: { action_complexity, lowest: lowestAction },
  }
}
