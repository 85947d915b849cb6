import type { LabelledBox } from '../../schemas/florence2/answer.js'
import type { Span } from '../../schemas/known-phrases.js'

/** A phrase that was answered, with its boxes. */
export interface AnsweredPhrase {
  /** As the parser gives it, in ASCII, without white space at its ends. */
  readonly label: string
  readonly boxes: readonly LabelledBox[]
}

/**
 * The phrases of a grounding answer: boxes that follow each other without words between them are of one phrase, the same
 * words said again are another.
 */
export function answeredPhrases(boxes: readonly LabelledBox[], text: string): AnsweredPhrase[] {
  const locations = [...text.matchAll(/<loc_\p{Nd}+>/gu)].map(({ 0: said, index }) => [index, index + said.length])
  const phrases: { label: string; boxes: LabelledBox[] }[] = []
  let before: LabelledBox | null = null
  for (const box of boxes) {
    const last = phrases.at(-1)
    const { first } = box.locations
    const follows = before !== null && before.locations.first + before.locations.count === first
    const adjacent = follows && locations[first - 1]?.[1] === locations[first]?.[0]
    if (last !== undefined && adjacent && before?.label === box.label) last.boxes.push(box)
    else phrases.push({ label: box.label.trim(), boxes: [box] })
    before = box
  }
  return phrases
}

/**
 * Finds phrases that were reduced to ASCII in the text that they are of, one after another: a phrase that comes again is
 * its next place, and its last one when it comes more often than the text has it. Whole words only. The words of a place
 * are whole as well: letters that ASCII lacks are part of them.
 */
export function phraseFinder(text: string): (phrase: string) => Span | null {
  const { ascii, places } = asciiReduced(text)
  const known = new Map<string, Span[]>()
  const taken = new Map<string, number>()
  return (phrase) => {
    const found = known.get(phrase) ?? wholeWords(ascii, phrase)
    known.set(phrase, found)
    const next = taken.get(phrase) ?? 0
    taken.set(phrase, next + 1)
    const span = found[Math.min(next, found.length - 1)]
    return span === undefined ? null : inText(text, places, span)
  }
}

/** The ASCII characters of a text, and where each was. */
function asciiReduced(text: string): { ascii: string; places: number[] } {
  const places = Array.from({ length: text.length }, (_, at) => at).filter((at) => text.charCodeAt(at) < 128)
  return { ascii: places.map((at) => text[at]).join(''), places }
}

/** All places of a phrase that begin and end with a word, or without one. */
function wholeWords(text: string, phrase: string): Span[] {
  const spans: Span[] = []
  if (phrase === '') return spans
  for (let start = text.indexOf(phrase); start >= 0; start = text.indexOf(phrase, start + 1)) {
    const end = start + phrase.length
    const cut = isCut(text, start) || isCut(text, end)
    if (!cut && start >= (spans.at(-1)?.end ?? 0)) spans.push({ start, end })
  }
  return spans
}

/** Whether a place lies inside a word. */
function isCut(text: string, at: number): boolean {
  return /\w/.test(text.charAt(at - 1)) && /\w/.test(text.charAt(at))
}

function inText(text: string, places: readonly number[], span: Span): Span {
  let start = places[span.start] ?? 0
  let end = (places[span.end - 1] ?? 0) + 1
  while (isLostLetter(text, start - 1)) start--
  while (isLostLetter(text, end)) end++
  return { start, end }
}

function isLostLetter(text: string, at: number): boolean {
  return text.charCodeAt(at) >= 128 && /[\p{L}\p{M}\p{N}]/u.test(text.charAt(at))
}
