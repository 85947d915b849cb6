import type { TextTokenizer } from '../../src/models/text-tokenizer.js'
import { type Span, wordPieceSpans } from './word-piece-spans.js'

/** A text, or a stretch of it, as Grounding DINO reads it. */
export interface GroundingPrompt {
  /** With [CLS] and [SEP]. */
  readonly ids: readonly number[]
  /** Where each token lies in the whole text; null: special tokens, and the full stop that was added. */
  readonly spans: readonly (Span | null)[]
}

/**
 * The prompts of a text: without white space at its ends, in lower case, ending in '.' (IDEA-Research/GroundingDINO,
 * util/inference.py: preprocess_caption). A text of more than `maxTokens` tokens becomes several, cut where a sentence
 * ends; a sentence longer than that is cut between words. A text without a letter has none.
 */
export function groundingPrompts(text: string, tokenizer: TextTokenizer, maxTokens: number): GroundingPrompt[] {
  if (!/\p{L}/u.test(text)) return []
  const whole = prompt(text, { start: 0, end: text.length }, tokenizer)
  if (whole.ids.length <= maxTokens) return [whole]
  // [CLS], [SEP] and the full stop that may be added.
  const stretches = stretchesOf(text, tokenizer, Math.max(1, maxTokens - 3))
  return stretches
    .filter(({ start, end }) => /\p{L}/u.test(text.slice(start, end)))
    .map((stretch) => prompt(text, stretch, tokenizer, maxTokens))
}

function prompt(text: string, { start, end }: Span, tokenizer: TextTokenizer, maxLength?: number): GroundingPrompt {
  const part = text.slice(start, end)
  const bare = part.trim()
  const offset = start + part.length - part.trimStart().length
  const lower = bare.toLowerCase()
  const encoded = tokenizer.encode(
    lower.endsWith('.') ? lower : `${lower}.`,
    maxLength === undefined ? {} : { maxLength },
  )
  const inner = wordPieceSpans(bare, encoded.tokens.slice(1, -1))
  const spans = inner.map((span) => span && { start: span.start + offset, end: span.end + offset })
  return { ids: encoded.ids, spans: [null, ...spans, null] }
}

/** Stretches of at most `most` tokens. */
function stretchesOf(text: string, tokenizer: TextTokenizer, most: number): Span[] {
  const tokens = tokenizer.encode(text.toLowerCase()).tokens.slice(1, -1)
  const spans = wordPieceSpans(text, tokens)
  const placed = tokens.flatMap((token, index) => {
    const span = spans[index]
    return span ? [{ ...span, token }] : []
  })
  const stretches: Span[] = []
  for (let from = 0; from < placed.length; ) {
    const to = cutAfter(text, placed, from, from + most)
    const [first, last] = [placed[from], placed[to - 1]]
    if (first !== undefined && last !== undefined) stretches.push({ start: first.start, end: last.end })
    from = to
  }
  return stretches
}

/** Where to cut between two tokens: after the last sentence that fits, else before the last word that begins. */
function cutAfter(text: string, tokens: readonly (Span & { token: string })[], from: number, limit: number): number {
  if (tokens.length <= limit) return tokens.length
  const cuts = Array.from({ length: limit - from }, (_, back) => limit - back)
  const sentence = cuts.find((cut) => {
    const last = tokens[cut - 1]
    return last !== undefined && /^[.?!]$/.test(last.token) && /^\s/.test(text.slice(last.end, last.end + 1))
  })
  return sentence ?? cuts.find((cut) => tokens[cut]?.token.startsWith('##') === false) ?? limit
}
