import { parseAnswer } from '../../../schemas/florence2/parse.js'
import type { Observation } from '../../../schemas/observation.js'
import type { GeneratedAnswer } from '../../../workers/florence2/florence2.js'
import type { AskedImage, Question } from '../../../workers/florence2/question.js'

/** Probabilities of the tokens of a written answer. */
export interface Sureness {
  readonly words?: number
  readonly locations?: number
}

const marks = ['<poly>', '</poly>', '<and>']

/** An answer as the runtime gives it, of a text: a token for each word, location and mark, and the end of sequence. */
export function writtenAnswer(
  { request }: Pick<Question, 'request'>,
  text: string,
  { words = 0.5, locations = 0.25 }: Sureness = {},
): GeneratedAnswer {
  const pieces = text.match(/<loc_\d+>|<\/?poly>|<sep>|<and>|[^<]+?(?=\s|<|$)|\s/g) ?? []
  const tokens = pieces
    .filter((piece) => piece.trim() !== '')
    .map((piece) => {
      const [, place] = /^<loc_(\d+)>$/.exec(piece) ?? []
      if (place !== undefined) return { id: 50_269 + Number(place), logProb: Math.log(locations) }
      const mark = marks.indexOf(piece)
      const id = piece === '<sep>' ? 51_279 : mark >= 0 ? 51_286 + mark : 1000
      return { id, logProb: Math.log(words) }
    })
  const whole = `</s><s>${text}</s>`
  return {
    prompt: '',
    ids: [2, 0, ...tokens.map(({ id }) => id), 2],
    logProbs: [0, 0, ...tokens.map(({ logProb }) => logProb), Math.log(words)],
    text: whole,
    score: 0,
    answer: parseAnswer(request.task, whole, request.image),
  }
}

/** What the only question says when it is answered with a text. */
export function observed(questions: readonly Question[], text: string, sureness?: Sureness): Observation[] {
  const [question, ...more] = questions
  if (question === undefined || more.length > 0) throw new Error(`one question was expected, not ${questions.length}`)
  return question.observe(writtenAnswer(question, text, sureness))
}

/** An image of 1000 x 500 pixels about which nothing is decided: location n is pixel n + 0.5 across, half of it down. */
export function wideImage(decided: Partial<AskedImage> = {}): AskedImage {
  const pixels = () => Promise.reject(new Error('never decoded'))
  return { image_id: 'wide', width: 1000, height: 500, pixels, regions: [], texts: [], ...decided }
}
