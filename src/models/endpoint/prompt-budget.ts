/** Characters of a token: what English text has on average with the tokenizers of today's models. */
const charactersPerToken = 4

/** Tokens of a text, estimated: every model has a tokenizer of its own, and an endpoint does not tell which. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / charactersPerToken)
}

/** The lines that fit into so many tokens, each with its line break: first come, first served; what does not fit is left out. */
export function linesWithin<Line extends { readonly text: string }>(lines: readonly Line[], tokens: number): Line[] {
  let left = tokens
  return lines.filter(({ text }) => {
    const cost = estimateTokens(`${text}\n`)
    if (cost > left) return false
    left -= cost
    return true
  })
}
