import { z } from 'zod'
import { distinctTexts, type PhrasedText } from '../../schemas/known-phrases.js'
import type { GroundedPhraseObservation } from '../../schemas/observation.js'
import type { Annotator, AnnotatorInput, LoadContext } from '../../src/annotate/contract.js'
import { alikeRuns } from '../../src/models/alike-runs.js'
import { onlyGraph } from '../../src/models/entry-file.js'
import { type ImageProcessor, readImageProcessor } from '../../src/models/pixels/image-processor.js'
import type { ModelSession } from '../../src/models/sessions/tensor.js'
import { severalAtOnce } from '../../src/models/several-at-once.js'
import { readTextTokenizer, type TextTokenizer } from '../../src/models/text-tokenizer.js'
import { orAborted } from '../../src/storage/abort.js'
import { boxHeads } from './box-heads.js'
import { distinctBoxes, type ScoredBox } from './distinct-boxes.js'
import { type GroundingOutput, groundedQueries } from './grounded-queries.js'
import { type GroundingGraph, groundingGraph, groundingInputs } from './grounding-dino-input.js'
import { type GroundingPrompt, groundingPrompts } from './grounding-prompts.js'
import { readModelConfig } from './model-files.js'
import type { GroundingDinoOptions } from './options.js'
import { type Phrase, phraseOfTokens } from './phrase-of-tokens.js'
import { SharedPixels } from './shared-pixels.js'

interface GroundingDino {
  readonly session: ModelSession
  readonly graph: GroundingGraph
  readonly tokenizer: TextTokenizer
  readonly processor: ImageProcessor
  readonly maxTokens: number
  readonly options: GroundingDinoOptions
  readonly inFlight: number
}

/** One prompt of one text of one image: what goes through the model together with others. */
interface Question {
  /** The image's place in the batch, and the question's among all. */
  readonly at: number
  readonly ordinal: number
  readonly input: AnnotatorInput
  readonly pixels: SharedPixels
  readonly text: PhrasedText
  readonly prompt: GroundingPrompt
}

/** A box and its phrase, before the boxes of a text are compared. */
interface Found extends ScoredBox {
  readonly question: Question
  readonly phrase: Phrase
}

const configSchema = z.object({
  // MM Grounding DINO differs in its weights and its training.
  model_type: z.enum(['grounding-dino', 'mm-grounding-dino']),
  max_text_len: z.number().int().min(4).default(256),
})

/**
 * Loads Grounding DINO (Liu et al. 2023, arXiv 2303.05499): each text of an image is a prompt, its tokens name the boxes.
 * Throws FldError `model_invalid`.
 */
export async function loadGroundingDino(context: LoadContext<GroundingDinoOptions>): Promise<Annotator> {
  const { options, files, sessions } = context
  const [session, tokenizer, processor, config] = await Promise.all([
    sessions.open(onlyGraph(files)),
    readTextTokenizer(files),
    readImageProcessor(files),
    readModelConfig(files, configSchema),
  ])
  const graph = groundingGraph(session)
  const maxTokens = Math.min(config.max_text_len, graph.sequence ?? Number.POSITIVE_INFINITY)
  const inFlight = sessions.concurrency + 1
  const model: GroundingDino = { session, graph, tokenizer, processor, maxTokens, options, inFlight }
  return {
    annotate: (batch, { signal }) => groundBatch(model, batch, signal),
    // The session belongs to the host, which closes it.
    dispose: async () => {},
  }
}

async function groundBatch(
  model: GroundingDino,
  batch: readonly AnnotatorInput[],
  signal: AbortSignal,
): Promise<GroundedPhraseObservation[][]> {
  const questions = batch
    .flatMap((input, at) => questionsAbout(model, input, at))
    .map((question, ordinal) => ({ ...question, ordinal }))
  const runs = runsOf(model, questions)
  const doing = { most: model.inFlight, signal, action: 'grounding phrases' }
  const found = await severalAtOnce(runs, doing, (run, either) => ask(model, run, either))
  const byImage = batch.map((): Found[] => [])
  const inOrder = found.flat().sort((a, b) => a.question.ordinal - b.question.ordinal)
  for (const each of inOrder) byImage[each.question.at]?.push(each)
  return byImage.map((ofImage) => observationsOf(ofImage, model.options))
}

function questionsAbout(model: GroundingDino, input: AnnotatorInput, at: number): Omit<Question, 'ordinal'>[] {
  const prompts = distinctTexts(input.texts).flatMap((text) =>
    groundingPrompts(text.text, model.tokenizer, model.maxTokens).map((prompt) => ({ text, prompt })),
  )
  const pixels = new SharedPixels(input, model.processor, prompts.length)
  return prompts.map((prompt) => ({ at, input, pixels, ...prompt }))
}

/**
 * What goes through the graph together: prompts of one length with images of one size. Padding would change the answers:
 * the backbone sees an image's, and in the reference tokens of the text enhancer attend to the prompt's padding.
 */
function runsOf({ graph, processor, options }: GroundingDino, questions: readonly Question[]): Question[][] {
  return alikeRuns(questions, graph.batch ?? options.model_batch, ({ prompt, input }) => {
    const { width, height } = processor.tensorSize(input)
    return `${prompt.ids.length} ${width} ${height}`
  })
}

/** One run of the graph. */
async function ask(model: GroundingDino, questions: readonly Question[], signal: AbortSignal): Promise<Found[]> {
  const { session, graph, tokenizer } = model
  const decoding = Promise.all(questions.map(({ pixels }) => pixels.take()))
  const images = await orAborted(decoding, signal, 'decoding an image')
  const pairs = questions.flatMap(({ prompt }, index) => {
    const image = images[index]
    return image === undefined ? [] : [{ image, ids: prompt.ids }]
  })
  const inputs = groundingInputs(pairs, graph, tokenizer.padId)
  const heads = boxHeads(await session.run(inputs, { signal, outputs: ['logits', 'pred_boxes'] }), questions.length)
  return questions.flatMap((question, index) => {
    const [logits, boxes] = [heads.logits[index], heads.boxes[index]]
    return logits && boxes ? answersTo(question, { logits, boxes, columns: heads.columns }, model.options) : []
  })
}

function answersTo(question: Question, output: GroundingOutput, options: GroundingDinoOptions): Found[] {
  const { input, prompt, text } = question
  const { width, height } = input
  return groundedQueries(output, { ...options, width, height }).flatMap(({ score, box, tokens }) => {
    const naming = { text: text.text, spans: prompt.spans, tokens, mode: options.phrases, known: text.phrases }
    const phrase = phraseOfTokens(naming)
    return phrase === null ? [] : [{ question, phrase, key: `${phrase.start} ${phrase.end}`, score, box }]
  })
}

/** Text by text, each text's best first. */
function observationsOf(found: readonly Found[], options: GroundingDinoOptions): GroundedPhraseObservation[] {
  const byText = new Map<PhrasedText, Found[]>()
  for (const each of found) {
    const { text } = each.question
    byText.set(text, [...(byText.get(text) ?? []), each])
  }
  return [...byText.values()].flatMap((ofText) => {
    const [first] = ofText
    if (first === undefined) return []
    const { width, height } = first.question.input
    const kept = distinctBoxes(ofText, { width, height, nms_iou: options.nms_iou, most: options.max_per_text })
    return kept.map(({ question, phrase: { start, end, score }, score: box_score, box }) => {
      return { kind: 'grounded_phrase' as const, text: question.text.text, start, end, score, box_score, box }
    })
  })
}
