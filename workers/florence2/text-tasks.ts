import type { LabelledBox } from '../../schemas/florence2/answer.js'
import { distinctTexts, type PhrasedText, type Span } from '../../schemas/known-phrases.js'
import type { Observation } from '../../schemas/observation.js'
import type { GeneratedAnswer } from './florence2.js'
import { type Answered, boxObservations } from './located-observations.js'
import type { TextOptions } from './options.js'
import { answeredPhrases, phraseFinder } from './phrase-places.js'
import { type AskedImage, florence2Image, type Question, rejected, rejectedUnlessSilent } from './question.js'
import { soughtBoxes } from './sought-boxes.js'

/** A text and one place in it. */
interface PlaceInText extends Span {
  readonly text: string
}

/** What is asked about the texts of an image: each text once, or each of their known phrases once. */
export function textQuestions(image: AskedImage, { tasks }: TextOptions): Question[] {
  const texts = distinctTexts(image.texts).filter(({ text }) => text.trim() !== '')
  return tasks.flatMap((task) =>
    task === 'CAPTION_TO_PHRASE_GROUNDING'
      ? texts.map(({ text }) => groundingQuestion(image, text))
      : knownPhrases(texts).map(({ phrase, places }) => phraseQuestion(image, phrase, places)),
  )
}

function groundingQuestion(image: AskedImage, text: string): Question {
  const request = { image: florence2Image(image), task: 'CAPTION_TO_PHRASE_GROUNDING' as const, input: text }
  return { request, observe: (generated) => observeGrounding(text, { question: { request }, generated }) }
}

/** The phrases of the answer at their places in the text; those that are not in it are rejects. */
function observeGrounding(text: string, answered: Answered): Observation[] {
  const { question, generated } = answered
  const boxes = generated.answer.kind === 'boxes' ? generated.answer.boxes : []
  if (boxes.length === 0) return rejectedUnlessSilent(question, generated)
  const find = phraseFinder(text)
  return answeredPhrases(boxes, generated.text).flatMap(({ label, boxes: said }) => {
    const place = find(label)
    if (place !== null) return groundedPhrases(answered, said, [{ text, ...place }])
    const failed = { phrase_in_text: false, boxes: said.length }
    return [rejected(question, { text: label, reason: 'malformed', failed })]
  })
}

/** A phrase is looked for by itself: what is found is grounded wherever the texts have the phrase. */
function phraseQuestion(image: AskedImage, phrase: string, places: readonly PlaceInText[]): Question {
  const request = { image: florence2Image(image), task: 'OPEN_VOCABULARY_DETECTION' as const, input: phrase }
  const observe = (generated: GeneratedAnswer): Observation[] => {
    const found = soughtBoxes(generated)
    if (found.length === 0) return rejectedUnlessSilent({ request }, generated)
    return groundedPhrases({ question: { request }, generated }, found, places)
  }
  return { request, observe }
}

function groundedPhrases(
  answered: Answered,
  boxes: readonly LabelledBox[],
  places: readonly PlaceInText[],
): Observation[] {
  return boxObservations(answered, boxes, ({ box, labelScore: score, boxScore: box_score }) =>
    places.map(({ text, start, end }) => ({ kind: 'grounded_phrase', text, start, end, score, box_score, box })),
  )
}

/** The known phrases of all texts, each once with all its places. */
function knownPhrases(texts: readonly PhrasedText[]): { phrase: string; places: PlaceInText[] }[] {
  const known = new Map<string, PlaceInText[]>()
  for (const { text, phrases } of texts) {
    for (const { start, end } of phrases) {
      const phrase = text.slice(start, end)
      known.set(phrase, [...(known.get(phrase) ?? []), { text, start, end }])
    }
  }
  return [...known].map(([phrase, places]) => ({ phrase, places }))
}
