import type { Observation, RejectedTextObservation } from '../../schemas/observation.js'
import type { AnnotatorInput } from '../../src/annotate/contract.js'
import type { GeneratedAnswer, GenerateRequest } from './florence2.js'
import type { Florence2Image } from './image-features.js'

/** A request, and what its answer says about the image. */
export interface Question {
  readonly request: GenerateRequest
  observe(generated: GeneratedAnswer): Observation[]
}

/** What a question is about. */
export type AskedImage = Pick<AnnotatorInput, 'image_id' | 'width' | 'height' | 'pixels' | 'regions' | 'texts'>

/** An image as the runtime takes it: decoded only when its features are not there any more. */
export function florence2Image(image: AskedImage): Florence2Image {
  const { image_id, width, height } = image
  return { key: image_id, width, height, pixels: () => image.pixels() }
}

/** What was answered and cannot be used, with the task and the values that failed. */
export function rejected(
  { request }: Pick<Question, 'request'>,
  why: Pick<RejectedTextObservation, 'text' | 'reason'> & Partial<RejectedTextObservation>,
): RejectedTextObservation {
  const failed = { task: request.task, ...why.failed }
  return { kind: 'rejected_text', granularity: null, region_id: null, ...why, failed, score: 0 }
}

/** The text of an answer without the marks of its beginning and end. */
export function plainAnswer({ text }: GeneratedAnswer): string {
  return text.replace(/<s>|<\/s>|<pad>/g, '').trim()
}

/** A reject for an answer of which nothing could be parsed; none where nothing was said: then there is nothing. */
export function rejectedUnlessSilent(
  { request }: Pick<Question, 'request'>,
  generated: GeneratedAnswer,
  about: Partial<RejectedTextObservation> = {},
): RejectedTextObservation[] {
  const text = plainAnswer(generated)
  if (text === '') return []
  return [rejected({ request }, { text, reason: 'malformed', ...about, failed: { ...about.failed, found: 0 } })]
}
