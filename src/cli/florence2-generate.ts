import { FldError } from '../../schemas/errors.js'
import {
  type Florence2,
  type GeneratedAnswer,
  type GenerateRequest,
  type GenerationOptions,
  loadFlorence2,
} from '../../workers/florence2/florence2.js'
import { type ExecutionProvider, onProvider } from '../models/sessions/tensor.js'
import { annotatorSurroundings } from './annotator-surroundings.js'
import { absoluteLocation, readEnvironment } from './environment.js'
import { exitCodes } from './exit-code.js'
import { answeredLine, answeredText, failedLine, failedText } from './florence2-answer.js'
import { findCheckpoint } from './florence2-checkpoint.js'
import { type AskedTask, askedTasks, inputFor } from './florence2-input.js'
import { duration } from './format-text.js'
import { listenForInterrupt } from './interrupt.js'
import { type PictureFile, pictureFiles, readPicture } from './picture-files.js'
import { pullReporter } from './pull-view.js'
import type { WorkerFlags } from './worker-flags.js'

/** The options of `fld florence2 generate`. */
export interface GenerateFlags extends WorkerFlags, GenerationOptions {
  readonly task: readonly string[]
  readonly input?: string
  readonly images: readonly string[]
  readonly json?: boolean
  readonly batch: number
  readonly dtype?: string
  readonly provider?: ExecutionProvider
  readonly out?: string
}

/** How often a long work says how far it is, in ms. */
const progressInterval = 5_000

/** Asks a checkpoint about files, a batch at a time, and prints its answers. Returns the exit code. */
export async function generateAnswers(name: string, flags: GenerateFlags): Promise<number> {
  const interrupt = listenForInterrupt(() => process.stderr.write('stopping\n'))
  try {
    const environment = readEnvironment()
    const asked = askedTasks(flags.task, flags.input)
    const paths = await pictureFiles(flags.images)
    const pull = { ...(await environment.pullOptions()), onProgress: pullReporter(), signal: interrupt.soon }
    const openStore = () => environment.openStore(absoluteLocation(flags.out ?? environment.out))
    const checkpoint = await findCheckpoint(name, { dtype: flags.dtype, pull, openStore })
    const { sessions } = await annotatorSurroundings(environment, flags)
    try {
      const provider = flags.provider ?? checkpoint.provider ?? 'cpu'
      const model = await loadFlorence2({ files: checkpoint.files, sessions: onProvider(sessions, provider) })
      const faults = await answerAll({ model, asked, flags, signal: interrupt.soon }, paths)
      return faults > 0 ? exitCodes.finishedWithFaults : exitCodes.ok
    } finally {
      await sessions.close()
    }
  } finally {
    interrupt.release()
  }
}

/** What is asked of whom. */
interface Asking {
  readonly model: Florence2
  readonly asked: readonly AskedTask[]
  readonly flags: GenerateFlags
  readonly signal: AbortSignal
}

/** What was asked about a picture, and what came of it. */
interface Answered {
  readonly picture: PictureFile
  readonly requests: readonly GenerateRequest[]
  readonly answers: readonly GeneratedAnswer[]
  readonly failure: string | null
}

/** Returns how many pictures could not be answered. */
async function answerAll(asking: Asking, paths: readonly string[]): Promise<number> {
  const { model, flags } = asking
  const started = Date.now()
  let done = 0
  let faults = 0
  const progress = setInterval(() => {
    process.stderr.write(`${done} of ${paths.length} images, ${duration((Date.now() - started) / 1000)}\n`)
  }, progressInterval)
  try {
    for (; done < paths.length; done += flags.batch) {
      const pictures = await Promise.all(paths.slice(done, done + flags.batch).map(readPicture))
      const answered = await answerBatch(pictures, asking)
      for (const one of answered) print(one, flags)
      faults += answered.filter(({ failure }) => failure !== null).length
    }
    return faults
  } finally {
    clearInterval(progress)
    await model.dispose()
  }
}

/** All that is asked about the pictures goes to the model at once; where that fails, each picture stands for itself. */
async function answerBatch(pictures: readonly PictureFile[], asking: Asking): Promise<Answered[]> {
  const { model, asked, flags, signal } = asking
  const requests = pictures.map((picture) => asked.flatMap((task) => requestOf(picture, task)))
  try {
    const answers = await model.generate(requests.flat(), { ...decoding(flags), signal })
    let next = 0
    return pictures.map((picture, index) => {
      const own = requests[index] ?? []
      next += own.length
      return { picture, requests: own, answers: answers.slice(next - own.length, next), failure: picture.failure }
    })
  } catch (error) {
    if (!(error instanceof FldError) || error.code !== 'annotator_failed') throw error
    const [only, ...others] = pictures
    if (only !== undefined && others.length === 0) {
      return [{ picture: only, requests: [], answers: [], failure: error.message }]
    }
    const alone: Answered[] = []
    for (const picture of pictures) alone.push(...(await answerBatch([picture], asking)))
    return alone
  }
}

function requestOf({ image_id, raster }: PictureFile, asked: AskedTask): GenerateRequest[] {
  if (raster === null) return []
  const { width, height } = raster
  const input = inputFor(asked, raster)
  const image = { key: image_id, width, height, pixels: async () => raster }
  return [{ image, task: asked.task, ...(input === undefined ? {} : { input }) }]
}

/** The options of decoding that were given. */
function decoding(flags: GenerateFlags): GenerationOptions {
  const { beams, maxNewTokens, minNewTokens, noRepeatNgramSize, lengthPenalty, earlyStopping } = flags
  return {
    ...(beams === undefined ? {} : { beams }),
    ...(maxNewTokens === undefined ? {} : { maxNewTokens }),
    ...(minNewTokens === undefined ? {} : { minNewTokens }),
    ...(noRepeatNgramSize === undefined ? {} : { noRepeatNgramSize }),
    ...(lengthPenalty === undefined ? {} : { lengthPenalty }),
    ...(earlyStopping === undefined ? {} : { earlyStopping }),
  }
}

function print({ picture, requests, answers, failure }: Answered, { json }: GenerateFlags): void {
  const { path } = picture
  if (failure !== null) process.stdout.write(`${json ? failedLine(path, failure) : failedText(path, failure)}\n`)
  for (const [index, generated] of answers.entries()) {
    const request = requests[index]
    if (request === undefined) continue
    const line = json ? answeredLine(path, request, generated) : answeredText(path, request, generated)
    process.stdout.write(`${line}\n`)
  }
}
