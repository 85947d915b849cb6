import { wordsOf } from '../../../schemas/count-words.js'

/** A caption and what people (or a dataset) say of the same image. */
export interface CaptionPair {
  readonly candidate: string
  readonly references: readonly string[]
}

/** Longest run of words that is compared. */
const longest = 4

/** Of the penalty for another length, in words. */
const sigma = 6

/**
 * CIDEr-D of captions over a set of images, 0-10 (Vedantam, Zitnick and Parikh, arXiv 1411.5726): cosine of runs of one to four
 * words, weighted by how few images' references have them, with counts clipped and another length penalised. Words are those of
 * Unicode segmentation in lower case, not stemmed. Images without references do not count; null where none has any.
 */
export function ciderD(pairs: readonly CaptionPair[]): number | null {
  const images = pairs
    .filter(({ references }) => references.length > 0)
    .map(({ candidate, references }) => ({ candidate: runsOf(candidate), references: references.map(runsOf) }))
  if (images.length === 0) return null
  const seen = imagesWith(images.map(({ references }) => references))
  const logImages = Math.log(images.length)
  const scores = images.map(({ candidate, references }) => {
    const vector = weighted(candidate, seen, logImages)
    return mean(references.map((reference) => similarity(vector, weighted(reference, seen, logImages))))
  })
  return mean(scores) * 10
}

/** Runs of words with how often each is in a text, by their length from 1. */
interface Runs {
  readonly words: number
  readonly counts: readonly ReadonlyMap<string, number>[]
}

function runsOf(text: string): Runs {
  const words = wordsOf(text.toLowerCase())
  const counts = Array.from({ length: longest }, (_, index) => {
    const found = new Map<string, number>()
    for (let at = 0; at + index < words.length; at++) {
      const run = words.slice(at, at + index + 1).join(' ')
      found.set(run, (found.get(run) ?? 0) + 1)
    }
    return found
  })
  return { words: words.length, counts }
}

/** In how many images' references a run is. */
function imagesWith(images: readonly (readonly Runs[])[]): ReadonlyMap<string, number> {
  const seen = new Map<string, number>()
  for (const references of images) {
    const runs = new Set(references.flatMap(({ counts }) => counts.flatMap((found) => [...found.keys()])))
    for (const run of runs) seen.set(run, (seen.get(run) ?? 0) + 1)
  }
  return seen
}

interface Weighted extends Pick<Runs, 'words'> {
  readonly weights: readonly ReadonlyMap<string, number>[]
  readonly norms: readonly number[]
}

function weighted({ words, counts }: Runs, seen: ReadonlyMap<string, number>, logImages: number): Weighted {
  const weights = counts.map(
    (found) =>
      new Map([...found].map(([run, count]) => [run, count * (logImages - Math.log(Math.max(1, seen.get(run) ?? 0)))])),
  )
  const norms = weights.map((found) => Math.hypot(...found.values()))
  return { words, weights, norms }
}

function similarity(candidate: Weighted, reference: Weighted): number {
  const length = Math.exp(-((candidate.words - reference.words) ** 2) / (2 * sigma ** 2))
  return mean(
    candidate.weights.map((weights, index) => {
      const others = reference.weights[index]
      const norm = (candidate.norms[index] ?? 0) * (reference.norms[index] ?? 0)
      if (others === undefined || norm === 0) return 0
      let shared = 0
      for (const [run, weight] of weights) shared += Math.min(weight, others.get(run) ?? 0) * (others.get(run) ?? 0)
      return (length * shared) / norm
    }),
  )
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
