/** Transformers.js, as `serveSide` has it called: from local files, fp32, greedy as it always is. */
import { readFile } from 'node:fs/promises'
import {
  AutoProcessor,
  cat,
  env,
  Florence2ForConditionalGeneration,
  type PreTrainedModel,
  type Processor,
  RawImage,
  Tensor,
} from '@huggingface/transformers'
import { type Question, serveSide, timed } from './bench-side.js'

interface Loaded {
  readonly model: PreTrainedModel
  readonly processor: Processor
}

let loaded: Loaded | null = null
/** Of the image that decoding is timed with. */
let keptFeatures: Tensor | null = null

function model(): Loaded {
  if (loaded === null) throw new Error('nothing is loaded')
  return loaded
}

async function load(folder: string, threads: number): Promise<Loaded> {
  env.allowRemoteModels = false
  env.localModelPath = '/'
  const options = {
    dtype: 'fp32',
    device: 'cpu',
    local_files_only: true,
    session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
  } as const
  const [found, processor] = await Promise.all([
    Florence2ForConditionalGeneration.from_pretrained(folder, options),
    AutoProcessor.from_pretrained(folder, { local_files_only: true }),
  ])
  return { model: found, processor }
}

async function decoded(path: string): Promise<RawImage> {
  return RawImage.fromBlob(new Blob([new Uint8Array(await readFile(path))]))
}

async function pixelsOf(image: RawImage): Promise<Tensor> {
  const processed = await model().processor.image_processor?._call([image])
  if (processed?.pixel_values instanceof Tensor) return processed.pixel_values
  throw new Error('the image processor gave no tensor')
}

async function featuresOf(image: RawImage): Promise<Tensor> {
  return model().model.encode_image({ pixel_values: await pixelsOf(image) })
}

/** The ids of a batch that asks one question: rows run to the same length. */
async function generated(
  { prompt }: Question,
  { pixels, tokens, exactly }: { pixels: Tensor; tokens: number; exactly: boolean },
): Promise<number[][]> {
  const rows = pixels.dims[0] ?? 1
  const text = model().processor.tokenizer?._call(new Array<string>(rows).fill(prompt))
  const limits = { max_new_tokens: tokens, ...(exactly ? { min_new_tokens: tokens } : {}) }
  const ids = await model().model.generate({ ...text, pixel_values: pixels, ...limits })
  if (ids instanceof Tensor) return (ids.tolist() as bigint[][]).map((row) => row.map(Number))
  throw new Error('generate gave no tensor')
}

function tokensOf(rows: readonly (readonly number[])[]): number {
  return rows.reduce((sum, ids) => sum + ids.length - 1, 0)
}

/** Whatever is asked of the vision encoder meanwhile is answered with these features. */
async function withFeatures<Result>(features: Tensor, work: () => Promise<Result>): Promise<Result> {
  const { model: runtime } = model()
  const own = runtime.encode_image
  runtime.encode_image = async () => features
  try {
    return await work()
  } finally {
    runtime.encode_image = own
  }
}

serveSide({
  async load({ folder, threads }) {
    const { ms, result } = await timed(() => load(folder, threads))
    loaded = result
    return { ms }
  },

  async preprocess({ path, rounds }) {
    const image = await decoded(path)
    const taken: number[] = []
    for (let round = 0; round < rounds; round++) taken.push((await timed(() => pixelsOf(image))).ms)
    return taken
  },

  async features({ paths }) {
    const taken: number[] = []
    for (const path of paths) {
      const image = await decoded(path)
      taken.push((await timed(() => featuresOf(image))).ms)
    }
    return taken
  },

  async decode({ path, question, rows, tokens }) {
    const pixels = await pixelsOf(await decoded(path))
    const features: Tensor = keptFeatures ?? (await model().model.encode_image({ pixel_values: pixels }))
    keptFeatures = features
    const repeated = (tensor: Tensor) => cat(new Array<Tensor>(rows).fill(tensor), 0)
    const batch = repeated(pixels)
    const { ms, result } = await withFeatures(repeated(features), () =>
      timed(() => generated(question, { pixels: batch, tokens, exactly: true })),
    )
    return { ms, tokens: tokensOf(result), steps: null }
  },

  async answers({ paths, questions, tokens }) {
    let sum = 0
    const { ms } = await timed(async () => {
      for (const path of paths) {
        const image = await decoded(path)
        for (const question of questions) {
          sum += tokensOf(await generated(question, { pixels: await pixelsOf(image), tokens, exactly: true }))
        }
      }
    })
    return { ms, tokens: sum }
  },

  async greedyIds({ paths, questions, tokens }) {
    const found: number[][] = []
    for (const path of paths) {
      const pixels = await pixelsOf(await decoded(path))
      const features = await model().model.encode_image({ pixel_values: pixels })
      for (const question of questions) {
        const rows = await withFeatures(features, () => generated(question, { pixels, tokens, exactly: false }))
        found.push(...rows)
      }
    }
    return found
  },
})
