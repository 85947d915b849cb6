import type { LabelledBox, LabelledQuad } from '../../schemas/florence2/answer.js'
import type { Box } from '../../schemas/geometry.js'
import type { Observation } from '../../schemas/observation.js'
import { labelScore, locationScore } from './answer-scores.js'
import type { GeneratedAnswer } from './florence2.js'
import { boxInImage, quadInImage } from './place-in-image.js'
import { type Question, rejected } from './question.js'

/** A box with its label, and the label's and the box's scores, 0-1. */
export interface ScoredBox {
  readonly label: string
  readonly box: Box
  readonly labelScore: number
  readonly boxScore: number
}

/** An answer and the question that it is of. */
export interface Answered {
  readonly question: Pick<Question, 'request'>
  readonly generated: GeneratedAnswer
}

/** Boxes in order and clipped; each is one observation. One without an area inside the image is a reject with its values. */
export function boxObservations(
  { question, generated }: Answered,
  boxes: readonly LabelledBox[],
  observe: (scored: ScoredBox) => Observation[],
): Observation[] {
  const { image } = question.request
  return boxes.flatMap(({ label, box: said, locations }) => {
    const box = boxInImage(said, image)
    if (box === null)
      return [rejectedPlace({ question }, label, { x1: said[0], y1: said[1], x2: said[2], y2: said[3] })]
    const scores = { labelScore: labelScore(generated, locations), boxScore: locationScore(generated, locations) }
    return observe({ label: labelWords(label), box, ...scores })
  })
}

/** Boxes with words, as what `observe` makes of them. A box without words says nothing here and is a reject. */
export function describedBoxes(
  answered: Answered,
  boxes: readonly LabelledBox[],
  observe: (described: ScoredBox) => Observation,
): Observation[] {
  return boxObservations(answered, boxes, (scored) => {
    if (scored.label !== '') return [observe(scored)]
    const [x1, y1, x2, y2] = scored.box
    return [rejectedPlace(answered, '', { label: null, x1, y1, x2, y2 })]
  })
}

/**
 * The words of a label. Where a task that wants words is answered without, the parser (as the reference) takes what is
 * left of the token before the box for them: `loc_12>`, `sep>`.
 */
function labelWords(label: string): string {
  return label.replace(/^\/?\w+>/, '').trim()
}

/** Tokens that the parser leaves in what was read, where the answer has more or fewer locations than a quad. */
const strayTokens = /<loc_\p{Nd}+>|<\/?poly>|<sep>|<and>/u

/** Lines of text; one without words or with other tokens among them, or without an area in the image, is a reject. */
export function textRegionObservations(
  { question, generated }: Answered,
  quads: readonly LabelledQuad[],
): Observation[] {
  return quads.flatMap(({ label, quad: said, locations }): Observation[] => {
    const text = label.trim()
    if (text === '')
      return [rejected(question, { text: label, reason: 'empty_text', failed: { quad: said.join(' ') } })]
    const place = strayTokens.test(text) ? null : quadInImage(said, question.request.image)
    if (place === null) return [rejectedPlace({ question }, label, { quad: said.join(' ') })]
    const box_score = locationScore(generated, locations)
    return [{ kind: 'text_region', text, score: labelScore(generated, locations), box_score, ...place }]
  })
}

/** A place that was said and is none. */
function rejectedPlace(
  { question }: Pick<Answered, 'question'>,
  label: string,
  failed: Readonly<Record<string, string | number | null>>,
): Observation {
  const { width, height } = question.request.image
  return rejected(question, { text: label, reason: 'malformed', failed: { ...failed, width, height } })
}
