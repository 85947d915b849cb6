/** The engine's runtime, as `serveSide` has it called. */
import { readFile } from 'node:fs/promises'
import { parseTaskName } from '../../../schemas/florence2/tasks.js'
import { modelFolderFiles } from '../../../src/cli/model-folder.js'
import { decodeImage } from '../../../src/models/pixels/decode-image.js'
import { type ImageProcessor, readImageProcessor } from '../../../src/models/pixels/image-processor.js'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import { type Florence2, type GenerateRequest, loadFlorence2 } from '../../../workers/florence2/florence2.js'
import { type Florence2Image, ImageEncoder } from '../../../workers/florence2/image-features.js'
import { type Question, serveSide, timed } from './bench-side.js'

interface Loaded {
  readonly model: Florence2
  readonly processor: ImageProcessor
  /** Shares what the model keeps: an image that is to be encoded anew needs a key of its own. */
  readonly encoder: ImageEncoder
}

const { signal } = new AbortController()
let loaded: Loaded | null = null
/** Images that were encoded to be timed. */
let encoded = 0

function model(): Loaded {
  if (loaded === null) throw new Error('nothing is loaded')
  return loaded
}

async function load(folder: string, threads: number): Promise<Loaded> {
  const files = await modelFolderFiles(folder, { dtype: 'fp32', where: folder })
  const sessions = createSessionHost({ threads, sessions: 1 })
  const [runtime, processor, encoder] = await Promise.all([
    loadFlorence2({ files, sessions }),
    readImageProcessor(files),
    ImageEncoder.open(files, { sessions, byteBudget: 2 ** 29 }),
  ])
  return { model: runtime, processor, encoder }
}

async function decoded(path: string, key = path): Promise<Florence2Image> {
  const raster = await decodeImage(await readFile(path))
  return { key, width: raster.width, height: raster.height, pixels: async () => raster }
}

function asked(image: Florence2Image, { task, input }: Question): GenerateRequest {
  return { image, task: parseTaskName(task), ...(input === null ? {} : { input }) }
}

function tokensOf(answers: readonly { readonly ids: readonly number[] }[]): number {
  return answers.reduce((sum, { ids }) => sum + ids.length - 1, 0)
}

function exactly(tokens: number) {
  return { beams: 1, maxNewTokens: tokens, minNewTokens: tokens, signal }
}

serveSide({
  async load({ folder, threads }) {
    const { ms, result } = await timed(() => load(folder, threads))
    loaded = result
    return { ms }
  },

  async preprocess({ path, rounds }) {
    const raster = await decodeImage(await readFile(path))
    const taken: number[] = []
    for (let round = 0; round < rounds; round++) {
      taken.push((await timed(async () => model().processor.process([raster]))).ms)
    }
    return taken
  },

  async features({ paths }) {
    const taken: number[] = []
    for (const path of paths) {
      encoded += 1
      const image = await decoded(path, `encoded ${encoded}`)
      taken.push((await timed(() => model().encoder.features(image, signal))).ms)
    }
    return taken
  },

  async decode({ path, question, rows, tokens }) {
    const request = asked(await decoded(path), question)
    const requests = Array.from({ length: rows }, () => request)
    // The image's features are kept from here on.
    await model().model.generate([request], exactly(2))
    const before = model().model.stats()
    const { ms, result } = await timed(() => model().model.generate(requests, exactly(tokens)))
    const after = model().model.stats()
    const steps = { stepMs: after.stepMs - before.stepMs, graphMs: after.graphMs - before.graphMs }
    return { ms, tokens: tokensOf(result), steps }
  },

  async answers({ paths, questions, tokens }) {
    const { ms, result } = await timed(async () => {
      const images = await Promise.all(paths.map((path) => decoded(path, `whole run ${path}`)))
      const requests = images.flatMap((image) => questions.map((question) => asked(image, question)))
      return model().model.generate(requests, exactly(tokens))
    })
    return { ms, tokens: tokensOf(result) }
  },

  async greedyIds({ paths, questions, tokens }) {
    const images = await Promise.all(paths.map((path) => decoded(path)))
    const requests = images.flatMap((image) => questions.map((question) => asked(image, question)))
    const answers = await model().model.generate(requests, { beams: 1, maxNewTokens: tokens, signal })
    return answers.map(({ ids }) => [...ids])
  },
})
