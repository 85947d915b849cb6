import { FldError } from '../errors.js'
import type { LocationRun } from './answer.js'
import { wholeNumber } from './python-text.js'
import { type ImageSize, pointsOf } from './quantizer.js'

/** A location token of a text, or one of the marks between them. */
export interface AnswerToken {
  /** Digits of a location; null for a mark. */
  readonly digits: string | null
  /** `<loc_12>`, `<sep>`, `<poly>`, `</poly>`. */
  readonly written: string
  /** Characters of the text, end exclusive. */
  readonly start: number
  readonly end: number
  /** Its place among the locations of the text; of a mark that of the next location. */
  readonly ordinal: number
}

/** A phrase and the tokens that follow it without a gap. */
export interface AnswerChunk {
  /** Up to the first token; empty where none is asked for. */
  readonly phrase: string
  readonly tokens: readonly AnswerToken[]
}

const locations = /<loc_(\p{Nd}+)>/gu
const locationsAndMarks = /<loc_(\p{Nd}+)>|<sep>|<\/?poly>/gu

/** Without what every answer is wrapped and padded with. */
export function unwrapped(text: string): string {
  return text.replaceAll('<s>', '').replaceAll('</s>', '').replaceAll('<pad>', '')
}

/** Runs of neighbouring tokens; `marks` counts `<sep>`, `<poly>` and `</poly>` among them. */
export function tokenRuns(text: string, { marks }: { marks: boolean }): AnswerToken[][] {
  const runs: AnswerToken[][] = []
  let ordinal = 0
  let end = -1
  for (const match of text.matchAll(marks ? locationsAndMarks : locations)) {
    const [written, digits = null] = match
    const token = { digits, written, start: match.index, end: match.index + written.length, ordinal }
    if (digits !== null) ordinal += 1
    if (token.start === end) runs.at(-1)?.push(token)
    else runs.push([token])
    end = token.end
  }
  return runs
}

/** Tokens that a chunk has at least. */
const fewest = 4

/**
 * Runs of four tokens and more with the phrase before them: what lies behind the last `<`. Where nothing does, the
 * reference's pattern reads the inside of the first token as the phrase, and so does this.
 */
export function phraseChunks(text: string, { marks }: { marks: boolean }): AnswerChunk[] {
  let from = 0
  return tokenRuns(text, { marks }).flatMap((run) => {
    const [first, ...rest] = run
    if (first === undefined) return []
    const start = Math.max(from, text.lastIndexOf('<', first.start - 1) + 1)
    const before = first.start === 0 ? '' : text.slice(start, first.start)
    const tokens = before === '' ? rest : run
    if (tokens.length < fewest) return []
    from = tokens.at(-1)?.end ?? from
    return { phrase: before === '' ? first.written.slice(1) : before, tokens }
  })
}

/** Runs of four tokens and more, whatever stands before them. */
export function bareChunks(text: string, { marks }: { marks: boolean }): AnswerChunk[] {
  return tokenRuns(text, { marks })
    .filter((run) => run.length >= fewest)
    .map((tokens) => ({ phrase: '', tokens }))
}

/** Pixels of locations, x and y in turn. Throws FldError `config_invalid` without a size or where a location is no int64. */
export function pointsAt(tokens: readonly AnswerToken[], size: ImageSize | null): number[] {
  if (size === null) throw missingSize()
  return pointsOf(tokens.map(placeOf), size)
}

export function missingSize(): FldError {
  return new FldError('config_invalid', 'this answer holds locations: the size of the image is needed to read it')
}

/** What the reference's tensors cannot hold. */
const beyondInt64 = 2n ** 63n

function placeOf({ digits, written }: AnswerToken): number {
  const place = wholeNumber(digits ?? '')
  if (place < beyondInt64) return Number(place)
  throw new FldError('config_invalid', `${written.slice(0, 60)} is no location: they go from 0 to 999`)
}

/** From the first of the tokens to the last. */
export function runOf(tokens: readonly AnswerToken[]): LocationRun {
  const ordinals = tokens.filter(({ digits }) => digits !== null).map(({ ordinal }) => ordinal)
  const [first = 0] = ordinals
  return { first, count: ordinals.length === 0 ? 0 : (ordinals.at(-1) ?? first) - first + 1 }
}
