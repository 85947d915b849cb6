import { FldError } from '../../schemas/errors.js'
import type { Observation } from '../../schemas/observation.js'
import type { Annotator, AnnotatorInput, LoadContext } from '../../src/annotate/contract.js'
import { throwIfAborted } from '../../src/storage/abort.js'
import { type DecodingOptions, generationOptions, memoryOptions } from './decoding-options.js'
import { type Florence2, type GenerationOptions, loadFlorence2 } from './florence2.js'
import { type AskedImage, type Question, rejected } from './question.js'

interface Asking {
  readonly model: Florence2
  readonly options: GenerationOptions & { readonly signal: AbortSignal }
}

/**
 * Loads a checkpoint as an annotator that asks what `questionsOf` has for each image. All questions of a batch go to the
 * model together, so that they decode together; an image about which nothing is asked is not even decoded.
 */
export async function loadQuestioned<Options extends DecodingOptions>(
  { files, sessions, options }: LoadContext<Options>,
  questionsOf: (image: AskedImage, options: Options) => Question[],
): Promise<Annotator> {
  const model = await loadFlorence2({ files, sessions, ...memoryOptions(options) })
  return {
    annotate: async (batch, { signal }) => {
      throwIfAborted(signal, 'asking Florence-2')
      const questions = batch.map((image) => questionsOf(image, options))
      const asking = { model, options: { ...generationOptions(options), signal } }
      const observed = await askTogether(questions.flat(), asking)
      return perImage(batch, questions, observed)
    },
    dispose: () => model.dispose(),
  }
}

/** The observations of each question. A prompt that does not fit is a reject, and the others are asked all the same. */
async function askTogether(questions: readonly Question[], asking: Asking): Promise<Map<Question, Observation[]>> {
  if (questions.length === 0) return new Map()
  try {
    const answers = await asking.model.generate(
      questions.map(({ request }) => request),
      asking.options,
    )
    return new Map(
      questions.flatMap((question, index) => {
        const answer = answers[index]
        return answer === undefined ? [] : [[question, question.observe(answer)] as const]
      }),
    )
  } catch (thrown) {
    const allowed = roomOf(thrown)
    const overlong =
      allowed === null ? [] : questions.filter(({ request }) => asking.model.promptTokens(request) > allowed)
    if (overlong.length === 0) throw thrown
    const fitting = questions.filter((question) => !overlong.includes(question))
    const observed = await askTogether(fitting, asking)
    for (const question of overlong) {
      const failed = { tokens: asking.model.promptTokens(question.request), allowed }
      const text = question.request.input ?? ''
      observed.set(question, [rejected(question, { text, reason: 'over_long', failed })])
    }
    return observed
  }
}

/** How many tokens a prompt may have, from the runtime's refusal of a longer one; null for any other error. */
function roomOf(thrown: unknown): number | null {
  if (!(thrown instanceof FldError) || thrown.code !== 'config_invalid') return null
  const { allowed } = thrown.details
  return typeof allowed === 'number' ? allowed : null
}

function perImage(
  batch: readonly AnnotatorInput[],
  questions: readonly (readonly Question[])[],
  observed: ReadonlyMap<Question, Observation[]>,
): Observation[][] {
  return batch.map((_, index) => (questions[index] ?? []).flatMap((question) => observed.get(question) ?? []))
}
