import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import type { Box } from '../../../schemas/geometry.js'
import { quadFrame } from '../boxes/quad-frame.js'
import { quadIou } from '../boxes/quad-overlap.js'
import { type Reject, rejectObservation } from '../reject.js'
import { compareObserved, distinct } from '../source.js'
import { type ObservedText, readText } from './read-text.js'
import { inReadingOrder } from './reading-order.js'
import { readingSimilarity } from './reading-similarity.js'
import { liesIn, overlapFinder, saysPartOf } from './text-overlap.js'

/** Readings that stand for themselves, and the readings that are a piece of one of them. */
export interface TextLines {
  /** In the order they came in. */
  readonly wholes: readonly ObservedText[]
  readonly partsOf: (whole: ObservedText) => readonly ObservedText[]
  readonly rejects: readonly Reject[]
}

/**
 * Where one engine gives a line and another its words, the line stands and the words are its parts; a piece of a piece is
 * one of the largest. Labels of people are pieces of nothing, and a line that they have word by word is rejected.
 */
export function gatherLines(observed: readonly ObservedText[], config: ConsensusConfig): TextLines {
  const covering = coveredByPeople(observed, config)
  const left = observed.filter((text) => !covering.has(text))
  const lineOf = new Map<ObservedText, ObservedText>()
  const machines = overlapFinder(left.filter(({ human }) => !human))
  for (const line of [...left].sort(largestFirst)) {
    for (const piece of piecesOf(line, machines(line), config)) if (!lineOf.has(piece)) lineOf.set(piece, line)
  }
  const parts = new Map<ObservedText, ObservedText[]>()
  for (const part of lineOf.keys()) {
    let whole = part
    // Every line is larger than its part: this ends.
    for (let line = lineOf.get(whole); line !== undefined; line = lineOf.get(whole)) whole = line
    parts.set(whole, [...(parts.get(whole) ?? []), part])
  }
  return {
    wholes: left.filter((text) => !lineOf.has(text)),
    partsOf: (whole) => parts.get(whole) ?? [],
    rejects: [...covering].map(([line, words]) => rejectCovered(line, words, config)),
  }
}

/**
 * One annotator's pieces of a line as if it had read them in one: joined along the line in reading order, with the score
 * of the weakest. Throws RangeError without a piece.
 */
export function assembled(parts: readonly ObservedText[], line: ObservedText): ObservedText {
  const [first] = parts
  if (first === undefined) throw new RangeError('a reading of no pieces')
  if (parts.length === 1) return first
  const frame = quadFrame(line.observation.quad)
  const placed = parts.map((part) => ({ part, box: frame.boundsOf(part.observation.quad) }))
  const label = inReadingOrder(placed).map(({ part }) => part.label)
  const text = label.join(' ')
  const score = Math.min(...parts.map((part) => part.score))
  const box = boundsOf(parts.map((part) => part.box))
  const observation = {
    ...first.observation,
    ...{ text, box, quad: frame.quadOf(boundsOf(placed.map((each) => each.box))) },
    score: Math.min(...parts.map((part) => part.observation.score)),
    box_score: Math.min(...parts.map((part) => part.observation.box_score)),
  }
  const { annotator, family, human } = first
  return readText({ annotator, family, human, observation, label: text, score, box })
}

/**
 * The pieces of a line among others' readings that lie in it: all of an annotator's that together say nearly the same, else
 * those that say a part of it. One of the same place and the same text is no piece but a reading of its own.
 */
function piecesOf(line: ObservedText, others: readonly ObservedText[], config: ConsensusConfig): ObservedText[] {
  return insideOf(line, others, config).flatMap((inside) => {
    const isWhole = similarity(assembled(inside, line), line) >= config.reading_similarity
    return isWhole ? inside : inside.filter((each) => saysPartOf(each, line, config))
  })
}

/** What lies in a line, annotator by annotator. */
function insideOf(line: ObservedText, others: readonly ObservedText[], config: ConsensusConfig): ObservedText[][] {
  const inside = others.filter((text) => {
    if (text.annotator === line.annotator || !liesIn(text, line, config)) return false
    const samePlace = quadIou(text.observation.quad, line.observation.quad) > config.text_overlap_iou
    return !(samePlace && similarity(text, line) >= config.reading_similarity)
  })
  return distinct(inside.map(({ annotator }) => annotator)).map((annotator) =>
    inside.filter((text) => text.annotator === annotator),
  )
}

/** Machine readings whose text one person has in labels of other places, most often word by word; with those labels. */
function coveredByPeople(
  observed: readonly ObservedText[],
  config: ConsensusConfig,
): Map<ObservedText, readonly ObservedText[]> {
  const covered = new Map<ObservedText, readonly ObservedText[]>()
  const people = overlapFinder(observed.filter(({ human }) => human))
  for (const line of observed.filter(({ human }) => !human)) {
    for (const words of insideOf(line, people(line), config)) {
      if (similarity(assembled(words, line), line) >= config.reading_similarity) covered.set(line, words)
    }
  }
  return covered
}

function rejectCovered(line: ObservedText, words: readonly ObservedText[], config: ConsensusConfig): Reject {
  const joined = assembled(words, line)
  const failed = {
    labels_of_people: joined.label,
    similarity: similarity(joined, line),
    similarity_below: config.reading_similarity,
  }
  return rejectObservation(line, line.observation, { reason: 'read_in_parts_by_people', rule: 'human_label', failed })
}

function similarity(a: ObservedText, b: ObservedText): number {
  return readingSimilarity(a.key, b.key)
}

function largestFirst(a: ObservedText, b: ObservedText): number {
  return b.area - a.area || compareObserved(a, b)
}

function boundsOf(boxes: readonly Box[]): Box {
  return [
    Math.min(...boxes.map((box) => box[0])),
    Math.min(...boxes.map((box) => box[1])),
    Math.max(...boxes.map((box) => box[2])),
    Math.max(...boxes.map((box) => box[3])),
  ]
}
