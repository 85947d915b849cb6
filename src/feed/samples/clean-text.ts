import type { LeftOutReason } from '../../../schemas/feed.js'
import { toAscii } from '../../../schemas/florence2/python-text.js'
import { ungroundedPhrases } from '../../../schemas/florence2/ungrounded-phrases.js'

/** The tokens that Florence-2 added to BART's vocabulary, and BART's own special ones: written in a text they would be read as such. */
const marker =
  /<(?:loc_\p{Nd}+|\/?(?:s|pad|unk|mask|od|ocr|cap|ncap|dcap|grounding|seg|region_cap|region_to_desciption|proposal|poly)|sep|and)>/u

/** What a task's parser takes as a label: any text, text without `<`, or ASCII without `<`. */
export type LabelRule = 'text' | 'ascii' | 'grounded'

/** A label as it is written into samples, or why it cannot be. */
export type CleanLabel = { readonly text: string; readonly fault: null } | { readonly fault: LeftOutReason }

/**
 * A text as it is written into samples: control characters and white space of any kind as single spaces, none at the ends, no
 * soft hyphens, half surrogate pairs as U+FFFD. Joiners within words (U+200C, U+200D) stay: they spell them. What holds a marker of the model's vocabulary is refused: written out, nobody could tell
 * it from the marker itself.
 */
export function cleanLabel(text: string, rule: LabelRule): CleanLabel {
  const clean = text
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .replaceAll('\u00AD', '')
    .replace(/(?:[\s\p{Cc}\p{Z}]|(?![\u200C\u200D])\p{Cf})+/gu, ' ')
    .trim()
  if (clean === '') return { fault: 'empty_after_cleaning' }
  if (rule === 'text') return marker.test(clean) ? { fault: 'marker_in_text' } : { text: clean, fault: null }
  if (clean.includes('<')) return { fault: 'marker_in_text' }
  if (clean !== toAscii(clean)) return { fault: 'not_ascii' }
  if (rule === 'grounded' && ungroundedPhrases.has(clean)) return { fault: 'ungrounded_phrase' }
  return { text: clean, fault: null }
}
