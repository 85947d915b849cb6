/**
 * The text in an answer, without what models put around it. Done, in this order, and nothing else:
 * - a leading `<think>...</think>` of a reasoning model is dropped;
 * - a markdown fence around the whole is dropped;
 * - an opening such as "Sure, here is a description of the image:" or "**Caption:**" is dropped up to its colon;
 * - quotation marks around the whole are dropped, where there are none inside;
 * - white space, with line breaks, becomes single spaces; half a surrogate pair, which cannot be stored, becomes U+FFFD.
 */
export function answerText(answer: string): string {
  const thought = answer.trim().replace(/^<think>[\s\S]*?(?:<\/think>|$)/, '')
  const fence = /^```[a-z]*\n([\s\S]*?)\n?```$/i.exec(thought.trim())
  const unfenced = (fence?.[1] ?? thought).trim()
  const said = unfenced.replace(politeOpening, '').replace(labelOpening, '')
  return withoutQuotes(said.replace(/\s+/g, ' ').trim()).replace(/\p{Surrogate}/gu, '\u{fffd}')
}

const kinds = 'caption|description|paragraph|phrase|summary|text|answer'

/** "Sure, here's a detailed description of the image:", "Certainly! Here is the caption:", "Here is a phrase:". */
const politeOpening = new RegExp(
  `^(?:(?:sure|certainly|of course|absolutely|okay|ok)\\b[,.!]*\\s*)?here(?:['\u2019]s| is| are)\\b[^.:\\n]{0,40}\\b(?:${kinds})\\b[^.:\\n]{0,60}:\\s*`,
  'i',
)

/** "Caption:", "**Description:**", "Detailed caption:". */
const labelOpening = new RegExp(
  `^(?:\\*\\*|#+ ?)?(?:(?:brief|short|detailed|image) ){0,2}(?:${kinds})(?:\\*\\*)?:(?:\\*\\*)?\\s+`,
  'i',
)

const quotePairs = [
  ['"', '"'],
  ["'", "'"],
  ['\u201c', '\u201d'],
  ['\u2018', '\u2019'],
] as const

function withoutQuotes(text: string): string {
  for (const [open, close] of quotePairs) {
    if (text.length < 2 || !text.startsWith(open) || !text.endsWith(close)) continue
    const inside = text.slice(1, -1)
    if (!inside.includes(open) && !inside.includes(close)) return inside.trim()
  }
  return text
}
