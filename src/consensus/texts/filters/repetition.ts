/** Words that are looked at: the time grows with the square of their number, and a loop shows long before. */
const wordsLookedAt = 600
/** So many words in a row are no chance when they come again. */
const stretch = 8

/**
 * The share of a text that says again what it has said, 0-1: the largest of three. Words in a loop, when some words come at
 * least three times in a row; words in stretches of eight that came before (the duplicate n-grams of arXiv 2112.11446,
 * appendix A, for texts of one paragraph); characters in a loop of at least four turns, where there are no words to count.
 */
export function repeatedShare(text: string): number {
  const words = (text.toLowerCase().match(/[\p{Letter}\p{Mark}\p{Number}]+/gu) ?? []).slice(0, wordsLookedAt)
  return Math.max(loopedWords(words), repeatedStretches(words), loopedCharacters(text))
}

/** The longest run of words that are the same as those `period` before, of all periods. */
function loopedWords(words: readonly string[]): number {
  let longest = 0
  for (let period = 1; period * 3 <= words.length; period++) {
    let run = 0
    for (let at = period; at < words.length; at++) {
      run = words[at] === words[at - period] ? run + 1 : 0
      if (run >= 2 * period && run > longest) longest = run
    }
  }
  return words.length === 0 ? 0 : longest / words.length
}

function repeatedStretches(words: readonly string[]): number {
  const seen = new Set<string>()
  let covered = 0
  let end = 0
  for (let at = 0; at + stretch <= words.length; at++) {
    const said = words.slice(at, at + stretch).join(' ')
    if (!seen.has(said)) {
      seen.add(said)
      continue
    }
    covered += at + stretch - Math.max(at, end)
    end = at + stretch
  }
  return words.length === 0 ? 0 : covered / words.length
}

function loopedCharacters(text: string): number {
  const letters = text.replace(/[^\p{Letter}\p{Mark}\p{Number}]+/gu, '')
  let looped = 0
  for (const [loop, unit = ''] of letters.matchAll(/(.{1,8}?)\1{3,}/gu)) looped += loop.length - unit.length
  return letters.length === 0 ? 0 : looped / letters.length
}
