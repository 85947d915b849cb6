import type { Florence2Answer, LocationRun } from '../../schemas/florence2/answer.js'
import { referenceShape } from '../../schemas/florence2/reference-shape.js'
import { locationScore } from '../../workers/florence2/answer-scores.js'
import type { GeneratedAnswer, GenerateRequest } from '../../workers/florence2/florence2.js'
import { columns } from './format-text.js'

/** A place that an answer names: its label and its coordinates in pixels. */
interface Place {
  readonly label: string
  readonly where: readonly number[]
  readonly locations: LocationRun
}

/** An answer as a line of JSON: `answer` is what the reference implementation returns of the same text. */
export function answeredLine(
  path: string,
  { image, task, input }: GenerateRequest,
  generated: GeneratedAnswer,
): string {
  const { prompt, ids, text, score, logProbs, answer } = generated
  const places = placesOf(answer)
  return JSON.stringify({
    image: path,
    width: image.width,
    height: image.height,
    failure: null,
    task,
    input: input ?? null,
    prompt,
    ids,
    text,
    score,
    logProbs,
    answer: { [`<${task}>`]: referenceShape(answer) },
    ...(places === null ? {} : { boxScores: places.map(({ locations }) => locationScore(generated, locations)) }),
  })
}

/** A picture that could not be answered, as a line of JSON. */
export function failedLine(path: string, failure: string): string {
  return JSON.stringify({ image: path, width: null, height: null, failure })
}

/** An answer for a person. */
export function answeredText(path: string, { task, input }: GenerateRequest, generated: GeneratedAnswer): string {
  const head = `${path}  ${task}${input === undefined ? '' : ` ${JSON.stringify(input)}`}`
  const places = placesOf(generated.answer)
  if (places === null) return `${head}\n  ${generated.answer.kind === 'text' ? generated.answer.text : ''}`
  if (places.length === 0) return `${head}\n  nothing`
  const rows = places.map(({ label, where, locations }) => [
    `  ${locationScore(generated, locations).toFixed(3)}`,
    where.map((value) => value.toFixed(1)).join(' '),
    label,
  ])
  return `${head}\n${columns(rows)}`
}

/** A picture that could not be answered, for a person. */
export function failedText(path: string, failure: string): string {
  return `${path}: ${failure}`
}

/** Null for texts. */
function placesOf(answer: Florence2Answer): Place[] | null {
  switch (answer.kind) {
    case 'text':
      return null
    case 'boxes':
      return boxPlaces(answer.boxes)
    case 'quads':
      return answer.quads.map(({ label, quad, locations }) => ({ label, where: quad, locations }))
    case 'polygons':
      return polygonPlaces(answer.instances)
    case 'boxes_or_polygons':
      return [...boxPlaces(answer.boxes), ...polygonPlaces(answer.instances)]
  }
}

function boxPlaces(boxes: Extract<Florence2Answer, { kind: 'boxes' }>['boxes']): Place[] {
  return boxes.map(({ label, box, locations }) => ({ label, where: box, locations }))
}

function polygonPlaces(instances: Extract<Florence2Answer, { kind: 'polygons' }>['instances']): Place[] {
  return instances.map(({ label, polygons, locations }) => ({ label, where: polygons.flat(), locations }))
}
