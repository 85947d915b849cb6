import type { LabelledBox } from '../../schemas/florence2/answer.js'
import type { Florence2Task } from '../../schemas/florence2/tasks.js'
import type { Granularity, Observation } from '../../schemas/observation.js'
import {
  type Answered,
  boxObservations,
  describedBoxes,
  type ScoredBox,
  textRegionObservations,
} from './located-observations.js'
import type { ImageOptions } from './options.js'
import { type AskedImage, florence2Image, plainAnswer, type Question, rejectedUnlessSilent } from './question.js'
import { saidText } from './said-text.js'
import { soughtBoxes } from './sought-boxes.js'

type ImageTask = ImageOptions['tasks'][number]
type CaptionTask = 'CAPTION' | 'DETAILED_CAPTION' | 'MORE_DETAILED_CAPTION'

const granularities: Readonly<Record<CaptionTask, Granularity>> = {
  CAPTION: 'brief',
  DETAILED_CAPTION: 'detailed',
  MORE_DETAILED_CAPTION: 'more_detailed',
}

/** What is asked about an image alone, in the order of the tasks. */
export function imageQuestions(image: AskedImage, { tasks, labels = [] }: ImageOptions): Question[] {
  const asked = florence2Image(image)
  return tasks.flatMap((task) => {
    if (task !== 'OPEN_VOCABULARY_DETECTION') return [imageQuestion(task, { image: asked, task })]
    return labels.map((label) => soughtLabel(label, { image: asked, task, input: label.trim() }))
  })
}

function imageQuestion(task: Exclude<ImageTask, 'OPEN_VOCABULARY_DETECTION'>, request: Question['request']): Question {
  return { request, observe: (generated) => observeImage(task, { question: { request }, generated }) }
}

function observeImage(
  task: Exclude<ImageTask, 'OPEN_VOCABULARY_DETECTION'>,
  { question, generated }: Answered,
): Observation[] {
  switch (task) {
    case 'CAPTION':
    case 'DETAILED_CAPTION':
    case 'MORE_DETAILED_CAPTION': {
      const granularity = granularities[task]
      return saidText(question, generated, { granularity }, (text, score) => {
        return { kind: 'caption', granularity, text, score, phrases: [] }
      })
    }
    case 'OCR':
      // Nothing to read is no answer that failed.
      if (plainAnswer(generated) === '') return []
      return saidText(question, generated, {}, (text, score) => ({ kind: 'image_text', text, score }))
    default:
      return observePlaces(task, { question, generated })
  }
}

function observePlaces(task: Florence2Task, { question, generated }: Answered): Observation[] {
  const { answer } = generated
  const answered = { question, generated }
  if (answer.kind === 'quads' && answer.quads.length > 0) return textRegionObservations(answered, answer.quads)
  if (answer.kind === 'boxes' && answer.boxes.length > 0) {
    return observeBoxes(task, answered, answer.boxes)
  }
  return rejectedUnlessSilent(question, generated)
}

function observeBoxes(task: Florence2Task, answered: Answered, boxes: readonly LabelledBox[]): Observation[] {
  const kind = 'proposed_region'
  if (task === 'OD') return describedBoxes(answered, boxes, objectOf)
  if (task === 'REGION_PROPOSAL') {
    return boxObservations(answered, boxes, ({ box, boxScore: score }) => [{ kind, box, text: null, score }])
  }
  return describedBoxes(answered, boxes, ({ label: text, box, boxScore: score }) => ({ kind, box, text, score }))
}

function objectOf({ label, box, boxScore: score }: ScoredBox): Observation {
  return { kind: 'object', label, score, box }
}

/** A label that is looked for: what is found is that object, whatever the answer calls it. */
function soughtLabel(label: string, request: Question['request']): Question {
  return {
    request,
    observe: (generated) => {
      const answered = { question: { request }, generated }
      const found = soughtBoxes(generated).map((box) => ({ ...box, label }))
      return found.length > 0 ? describedBoxes(answered, found, objectOf) : rejectedUnlessSilent({ request }, generated)
    },
  }
}
