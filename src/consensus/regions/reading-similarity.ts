import { distance } from 'fastest-levenshtein'

/**
 * What two readings have to share to be the same: letters, digits and their marks in Unicode's compatibility form (NFKC:
 * full-width and ligatures as their plain letters, accents composed), in lower case. Engines differ in spaces, case and
 * punctuation without having read anything else. A reading of nothing but punctuation is its characters without spaces.
 */
export function readingKey(text: string): string {
  const folded = text.normalize('NFKC').toLowerCase().normalize('NFKC')
  return folded.replace(/[^\p{L}\p{M}\p{N}]+/gu, '') || folded.replace(/\s+/gu, '')
}

/** 1 - edit distance (Levenshtein) over the longer length, 0-1. Takes reading keys. */
export function readingSimilarity(a: string, b: string): number {
  const longer = Math.max(a.length, b.length)
  return longer === 0 ? 1 : 1 - distance(a, b) / longer
}

/**
 * How near a reading is to the part of another that is most like it, 0-1: 1 - edits over the part's own length. The
 * distance to the best of all stretches is that of Sellers, The theory and computation of evolutionary distances,
 * Journal of Algorithms 1 (1980): as Levenshtein's, but a stretch may begin and end anywhere. Takes reading keys.
 */
export function partSimilarity(part: string, whole: string): number {
  if (part.length === 0) return 0
  if (whole.includes(part)) return 1
  // edits[j]: of the part so far against the best stretch of `whole` that ends before j.
  let edits = new Uint32Array(whole.length + 1)
  for (let i = 1; i <= part.length; i++) {
    const next = new Uint32Array(whole.length + 1)
    next[0] = i
    for (let j = 1; j <= whole.length; j++) {
      const substituted = (edits[j - 1] ?? 0) + Number(part[i - 1] !== whole[j - 1])
      next[j] = Math.min(substituted, (edits[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1)
    }
    edits = next
  }
  return 1 - Math.min(...edits) / part.length
}
