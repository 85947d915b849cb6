import type { LocationRun } from '../../schemas/florence2/answer.js'
import type { GeneratedAnswer } from './florence2.js'

/** `<loc_0>` to `<loc_999>` of the released vocabulary, and `<mask>` with all that was added to BART's after it. */
const firstLocation = 50_269
const lastLocation = 51_268
const firstMarker = 50_264
/** `<s>`, `<pad>`, `</s>`, `<unk>`. */
const lastSequenceMarker = 3

/**
 * How sure the model is of what it answered, 0-1: exp of the mean log-probability of the answer's own tokens, the end of
 * sequence among them. The start token and the forced ones are left out; 0 where nothing else is there.
 */
export function answerScore(generated: GeneratedAnswer): number {
  const [from, to] = ownTokens(generated)
  return meanProbability(generated.logProbs.slice(from, to)) ?? 0
}

/**
 * How sure the model is of a place that it said, 0-1: exp of the mean log-probability of its location tokens. Where these
 * cannot be told among the tokens (the answer spells a location in letters) it is the score of the whole answer.
 */
export function locationScore(generated: GeneratedAnswer, { first, count }: LocationRun): number {
  const positions = locationPositions(generated)?.slice(first, first + count) ?? []
  return meanProbability(positions.map((at) => generated.logProbs[at] ?? 0)) ?? answerScore(generated)
}

/**
 * How sure the model is of the words that it said before a place, 0-1: exp of the mean log-probability of the tokens
 * between the locations before them and those of the place. Places that follow each other without words share theirs.
 * Where there are none, or they cannot be told, it is the score of the whole answer.
 */
export function labelScore(generated: GeneratedAnswer, { first }: LocationRun): number {
  const position = locationPositions(generated)?.[first]
  if (position === undefined) return answerScore(generated)
  const { ids, logProbs } = generated
  let end = position
  while (isLocation(ids[end - 1])) end--
  let start = end
  while (start > 0 && !isLocation(ids[start - 1]) && !isSequenceMarker(ids[start - 1])) start--
  return meanProbability(logProbs.slice(start, end)) ?? answerScore(generated)
}

/** Whether an answer in words holds tokens that are none; locations may be allowed. */
export function hasMarkers({ ids }: GeneratedAnswer, { locations }: { readonly locations: boolean }): boolean {
  return ids.some((id) => id >= firstMarker && !(locations && isLocation(id)))
}

/** Where in `ids` each `<loc_N>` of the text is; null where the two differ in their number. */
function locationPositions({ ids, text }: GeneratedAnswer): number[] | null {
  const positions = ids.flatMap((id, at) => (isLocation(id) ? [at] : []))
  return positions.length === (text.match(/<loc_\p{Nd}+>/gu)?.length ?? 0) ? positions : null
}

/**
 * First and one past the last of the tokens that the model chose. Forced ones have a log-probability of 0: the second at
 * the start, the last at the limit. One that was chosen with certainty may go with them.
 */
function ownTokens({ ids, logProbs }: GeneratedAnswer): [number, number] {
  const from = isSequenceMarker(ids[1]) && logProbs[1] === 0 ? 2 : 1
  const to = isSequenceMarker(ids.at(-1)) && logProbs.at(-1) === 0 ? ids.length - 1 : ids.length
  return [from, to]
}

function meanProbability(logProbs: readonly number[]): number | null {
  if (logProbs.length === 0) return null
  const mean = logProbs.reduce((sum, each) => sum + each, 0) / logProbs.length
  return Math.min(1, Math.exp(mean))
}

function isLocation(id: number | undefined): boolean {
  return id !== undefined && id >= firstLocation && id <= lastLocation
}

function isSequenceMarker(id: number | undefined): boolean {
  return id !== undefined && id <= lastSequenceMarker
}
